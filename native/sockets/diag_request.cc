#include "diag_request.h"

#include <linux/netlink.h>

#include <cstring>

namespace netloom {

Bytes diagRequest(uint16_t type, uint16_t flags, const inet_diag_req_v2& about, uint32_t sequence,
                  uint32_t port) {
  Bytes out;
  MessageWriter writer(out);
  writer.begin(type, static_cast<uint16_t>(NLM_F_REQUEST | flags));
  const size_t at = writer.header(sizeof about);
  std::memcpy(writer.at(at), &about, sizeof about);
  (void)writer.end();  // a header cannot outgrow its length field
  auto header = load<nlmsghdr>(out);
  header.nlmsg_seq = sequence;
  header.nlmsg_pid = port;
  std::memcpy(out.data(), &header, sizeof header);
  return out;
}

}  // namespace netloom
