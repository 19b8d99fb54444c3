// libFuzzer over what compares a request with the kernel's answer, and what makes of the two the request that
// takes the first one back.
#include <cstddef>
#include <cstdint>

#include "request/object_identity.h"
#include "undo/restore.h"

namespace {

using namespace netloom;

// The message of our own side is always whole: the encoder wrote it.
bool isWhole(const schema::Family& family, ByteView message) {
  return message.size() >= NLMSG_HDRLEN && payloadOf(message).size() >= family.set->headerSize;
}

}  // namespace

// The first byte chooses the table, the second the verb and how to find the object, the next two are the
// request's length; request and answer follow.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const ByteView input(data, size);
  const auto families = schema::families();
  const schema::Family& family = families[input[0] % families.size()];
  const size_t length = std::min<size_t>(load<uint16_t>(input, 2), size - 4);
  const ByteView asked = input.subspan(4, length);
  const ByteView answer = input.subspan(4 + length);
  if (!isWhole(family, asked)) return 0;
  const bool loose = (input[1] & 0x80) != 0;
  const std::vector<Bytes> datagrams{Bytes(answer.begin(), answer.end())};
  // As the executor does: found in a list, or the answer to a question for this one object.
  const ByteView found = (input[1] & 0x40) != 0 ? MessageReader(answer).next().value_or(ByteView{})
                                                : findObject(family, asked, datagrams, loose);
  MessageReader messages(answer);
  while (const auto message = messages.next()) {
    if (isWhole(family, *message)) (void)hasRequested(family, asked, *message);
  }
  RequestStep step;
  step.request.family = &family;
  step.request.verb = static_cast<schema::Verb>(input[1] & 0x7);
  step.request.bytes.assign(asked.begin(), asked.end());
  step.undo = Undo::kRestore;
  Before before;
  if (isWhole(family, found)) before.emplace(found.begin(), found.end());
  const auto back = restorationOf(step, step.request, before);
  if (back && !isWhole(*back->request.family, back->request.bytes)) __builtin_trap();
  return 0;
}
