#include "generic_netlink.h"

#include <linux/genetlink.h>

#include <cerrno>
#include <string>

namespace netloom {
namespace {

constexpr uint32_t kDeadlineMs = 10'000;

Request typeRequest(std::string_view name) {
  Request out;
  MessageWriter writer(out.bytes);
  writer.begin(GENL_ID_CTRL, NLM_F_REQUEST);
  const size_t header = writer.header(sizeof(genlmsghdr));
  *writer.at(header) = CTRL_CMD_GETFAMILY;
  const std::string text(name);
  writer.put(CTRL_ATTR_FAMILY_NAME, text.c_str(), text.size() + 1);
  (void)writer.end();  // a name is short
  return out;
}

// The answer's number, or 0.
uint16_t typeIn(const Answer& answer) {
  for (const Bytes& datagram : answer.reply) {
    const auto message = MessageReader(datagram).next();
    if (!message || payloadOf(*message).size() < sizeof(genlmsghdr)) continue;
    const auto id = findAttribute(payloadOf(*message).subspan(sizeof(genlmsghdr)), CTRL_ATTR_FAMILY_ID);
    if (id && id->size() == sizeof(uint16_t)) return load<uint16_t>(*id);
  }
  return 0;
}

Failure askType(Socket& socket, std::string_view name, uint16_t& out) {
  const Answer answer = askOnce(socket, typeRequest(name), deadlineIn(kDeadlineMs));
  out = typeIn(answer);
  if (out != 0) return {};
  Failure failure = answer.failure;
  if (failure.error == 0) failure.error = EPROTO;
  failure.call = "CTRL_CMD_GETFAMILY";
  return failure;
}

}  // namespace

Failure patchType(Socket& socket, const schema::Family& family, Bytes& bytes) {
  if (family.generic.empty()) return {};
  uint16_t& type = socket.genericTypes[family.generic];
  if (type == 0) {
    if (Failure failure = askType(socket, family.generic, type); failure.error != 0) return failure;
  }
  std::memcpy(bytes.data() + offsetof(nlmsghdr, nlmsg_type), &type, sizeof type);
  return {};
}

}  // namespace netloom
