// Requests as the encoder of src/codec writes them, for tests.
#pragma once

#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <functional>
#include <string>

#include "program/program.h"

namespace netloom::test {

using Fill = std::function<void(MessageWriter&)>;

template <typename Header>
Request request(const char* family, schema::Verb verb, uint16_t type, uint16_t flags, const Header& header,
                const Fill& fill = {}) {
  Request out;
  out.family = schema::familyByName(family);
  out.verb = verb;
  MessageWriter writer(out.bytes);
  writer.begin(type, static_cast<uint16_t>(NLM_F_REQUEST | flags));
  const size_t at = writer.header(sizeof header);
  std::memcpy(writer.at(at), &header, sizeof header);
  if (fill) fill(writer);
  (void)writer.end();
  return out;
}

inline Fill named(const std::string& name) {
  return [name](MessageWriter& writer) { writer.put(IFLA_IFNAME, name.c_str(), name.size() + 1); };
}

inline Request addBridge(const std::string& name) {
  return request("link", schema::Verb::kAdd, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{},
                 [&](MessageWriter& writer) {
                   named(name)(writer);
                   const size_t info = writer.openNest(IFLA_LINKINFO);
                   writer.put(IFLA_INFO_KIND, "bridge", 7);
                   writer.closeNest(info);
                 });
}

inline Request deleteLink(const std::string& name) {
  return request("link", schema::Verb::kDelete, RTM_DELLINK, 0, ifinfomsg{}, named(name));
}

inline Request setUp(const std::string& name) {
  ifinfomsg header{};
  header.ifi_flags = header.ifi_change = IFF_UP;
  return request("link", schema::Verb::kSet, RTM_NEWLINK, 0, header, named(name));
}

// Names the device by a patch: its index is looked up when the request is sent.
inline Request setMtu(const std::string& device, uint32_t mtu) {
  Request out = request("link", schema::Verb::kSet, RTM_NEWLINK, 0, ifinfomsg{},
                        [&](MessageWriter& writer) { writer.put(IFLA_MTU, mtu); });
  out.devices.push_back({NLMSG_HDRLEN + offsetof(ifinfomsg, ifi_index), device});
  return out;
}

inline Request addAddress(const std::string& device, const char* address, uint8_t prefix) {
  ifaddrmsg header{};
  header.ifa_family = AF_INET;
  header.ifa_prefixlen = prefix;
  Request out = request("addr", schema::Verb::kAdd, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, header,
                        [&](MessageWriter& writer) {
                          writer.put(IFA_LOCAL, inet_addr(address));
                          writer.put(IFA_ADDRESS, inet_addr(address));
                        });
  out.devices.push_back({NLMSG_HDRLEN + offsetof(ifaddrmsg, ifa_index), device});
  return out;
}

inline Request addRoute(const char* network, uint8_t prefix, const char* gateway) {
  rtmsg header{};
  header.rtm_family = AF_INET;
  header.rtm_dst_len = prefix;
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_STATIC;
  header.rtm_type = RTN_UNICAST;
  return request("route", schema::Verb::kAdd, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, header,
                 [&](MessageWriter& writer) {
                   writer.put(RTA_DST, inet_addr(network));
                   writer.put(RTA_GATEWAY, inet_addr(gateway));
                 });
}

inline Request nftTable(schema::Verb verb, const std::string& name) {
  const bool adds = verb == schema::Verb::kAdd;
  const auto type =
      static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | (adds ? NFT_MSG_NEWTABLE : NFT_MSG_DELTABLE));
  return request("nftTable", verb, type, adds ? NLM_F_CREATE | NLM_F_EXCL : 0,
                 nfgenmsg{NFPROTO_INET, NFNETLINK_V0, 0},
                 [&](MessageWriter& writer) { writer.put(NFTA_TABLE_NAME, name.c_str(), name.size() + 1); });
}

inline Request getNftTable(const std::string& name) {
  return request("nftTable", schema::Verb::kGet, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, 0,
                 nfgenmsg{NFPROTO_INET, NFNETLINK_V0, 0},
                 [&](MessageWriter& writer) { writer.put(NFTA_TABLE_NAME, name.c_str(), name.size() + 1); });
}

}  // namespace netloom::test
