// libFuzzer over everything that reads bytes: messages, attributes, verdicts, paths along every table.
#include <cstddef>
#include <cstdint>

#include "executor/identity.h"
#include "netlink/error.h"
#include "netlink/message.h"
#include "netlink/path.h"
#include "netlink/schema.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace netloom;
  if (size < 5) return 0;
  const ByteView input(data, size);
  const auto families = schema::families();
  const schema::Family& family = families[input[0] % families.size()];
  const auto offset = load<uint32_t>(input, 1);
  const ByteView bytes = input.subspan(5);
  MessageReader messages(bytes);
  while (const auto message = messages.next()) {
    (void)readVerdict(*message);
    (void)pathAt(family, *message, offset % 4096);
    (void)missingPath(family, *message, offset >> 16, offset & 0xFFF);
    if (payloadOf(*message).size() >= family.set->headerSize) {
      (void)hasRequested(family, *message, *message);
      (void)isSameObject(family, *message, *message, (offset & 1) != 0);
    }
    AttributeReader attributes(payloadOf(*message));
    while (attributes.next()) {
    }
  }
  return 0;
}
