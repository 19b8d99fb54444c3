// libFuzzer over everything that reads one message: messages, attributes, verdicts, paths along every table.
#include <cstddef>
#include <cstdint>

#include "netlink/error.h"
#include "netlink/message.h"
#include "netlink/path.h"
#include "netlink/schema.h"

// The first byte chooses the table, the next four are an offset, the rest are messages.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace netloom;
  if (size < 5) return 0;
  const ByteView input(data, size);
  const auto families = schema::families();
  const schema::Family& family = families[input[0] % families.size()];
  if (schema::familyByName(family.name) != &family) __builtin_trap();
  const auto offset = load<uint32_t>(input, 1);
  const ByteView bytes = input.subspan(5);
  MessageReader messages(bytes);
  while (const auto message = messages.next()) {
    if (const auto verdict = readVerdict(*message)) (void)pathOf(*verdict, family, bytes);
    (void)pathAt(family, *message, offset % 4096);
    (void)missingPath(family, *message, offset >> 16, offset & 0xFFF);
    AttributeReader attributes(payloadOf(*message));
    size_t total = 0;
    while (const auto attribute = attributes.next()) total += attribute->payload.size();
    if (total > message->size()) __builtin_trap();
  }
  (void)messages.malformed();
  return 0;
}
