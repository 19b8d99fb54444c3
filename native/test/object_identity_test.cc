// Which of a dump's messages a request means, and whether an object is what a request asked for.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "request/object_identity.h"

#include <doctest/doctest.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>

#include <functional>

namespace netloom {
namespace {

using Fill = std::function<void(MessageWriter&)>;

template <typename Header>
Bytes message(uint16_t type, const Header& header, const Fill& fill = {}) {
  Bytes out;
  MessageWriter writer(out);
  writer.begin(type, 0);
  const size_t at = writer.header(sizeof header);
  std::memcpy(writer.at(at), &header, sizeof header);
  if (fill) fill(writer);
  REQUIRE(writer.end());
  return out;
}

Bytes route(uint8_t family, uint8_t length, uint32_t table, uint32_t priority) {
  rtmsg header{};
  header.rtm_family = family;
  header.rtm_dst_len = length;
  return message(RTM_NEWROUTE, header, [&](MessageWriter& writer) {
    const Bytes destination(family == AF_INET ? 4 : 16, 10);
    if (length != 0) writer.put(RTA_DST, destination.data(), destination.size());
    if (table != 0) writer.put(RTA_TABLE, table);
    if (priority != 0) writer.put(RTA_PRIORITY, priority);
  });
}

bool same(const char* family, const Bytes& request, const Bytes& candidate, bool loose = false) {
  return isSameObject(*schema::familyByName(family), request, candidate, loose);
}

TEST_CASE("a route is told by prefix, table and metric, with the kernel's own defaults") {
  const Bytes asked = route(AF_INET, 16, 0, 0);
  CHECK(same("route", asked, route(AF_INET, 16, RT_TABLE_MAIN, 0)));
  CHECK(!same("route", asked, route(AF_INET, 17, RT_TABLE_MAIN, 0)));
  CHECK(!same("route", asked, route(AF_INET, 0, RT_TABLE_MAIN, 0)));
  CHECK(!same("route", asked, route(AF_INET, 16, 77, 0)));
  CHECK(!same("route", asked, route(AF_INET, 16, RT_TABLE_MAIN, 5)));
  CHECK(same("route", route(AF_INET6, 64, 0, 0), route(AF_INET6, 64, RT_TABLE_MAIN, 1024)));
  CHECK(same("route", route(AF_INET, 0, 0, 0), route(AF_INET, 0, RT_TABLE_MAIN, 0)));
}

TEST_CASE("a deletion without a metric takes a route of any metric") {
  CHECK(same("route", route(AF_INET, 16, 0, 0), route(AF_INET, 16, RT_TABLE_MAIN, 5), true));
  CHECK(same("route", route(AF_INET6, 64, 0, 0), route(AF_INET6, 64, RT_TABLE_MAIN, 7), true));
  CHECK(!same("route", route(AF_INET, 16, 0, 6), route(AF_INET, 16, RT_TABLE_MAIN, 5), true));
}

TEST_CASE("an IPv6 address is the same whichever attribute holds it") {
  ifaddrmsg header{};
  header.ifa_family = AF_INET6;
  header.ifa_prefixlen = 64;
  header.ifa_index = 3;
  const Bytes address(16, 0xFD);
  const auto with = [&](uint16_t type) {
    return message(RTM_NEWADDR, header,
                   [&](MessageWriter& writer) { writer.put(type, address.data(), address.size()); });
  };
  CHECK(same("addr", with(IFA_LOCAL), with(IFA_ADDRESS)));
  CHECK(hasRequested(*schema::familyByName("addr"), with(IFA_LOCAL), with(IFA_ADDRESS)));
  header.ifa_index = 4;
  const Bytes elsewhere = with(IFA_ADDRESS);
  header.ifa_index = 3;
  CHECK(!same("addr", with(IFA_LOCAL), elsewhere));
}

Bytes link(const char* name, uint32_t mtu, unsigned flags, unsigned change, bool peer) {
  ifinfomsg header{};
  header.ifi_flags = flags;
  header.ifi_change = change;
  return message(RTM_NEWLINK, header, [&](MessageWriter& writer) {
    writer.put(IFLA_IFNAME, name, std::strlen(name) + 1);
    writer.put(IFLA_MTU, mtu);
    const size_t info = writer.openNest(IFLA_LINKINFO);
    writer.put(IFLA_INFO_KIND, "veth", 5);
    if (peer) {
      const size_t data = writer.openNest(IFLA_INFO_DATA);
      const size_t other = writer.openNest(VETH_INFO_PEER);
      writer.header(sizeof(ifinfomsg));
      writer.put(IFLA_IFNAME, "eth0", 5);
      writer.closeNest(other);
      writer.closeNest(data);
    }
    writer.closeNest(info);
  });
}

TEST_CASE("a link has what was requested if every attribute and every changed flag reads the same") {
  const schema::Family& family = *schema::familyByName("link");
  const Bytes asked = link("v0", 1400, IFF_UP, IFF_UP, true);
  CHECK(hasRequested(family, asked, link("v0", 1400, IFF_UP | IFF_BROADCAST, 0, false)));
  CHECK(!hasRequested(family, asked, link("v0", 1500, IFF_UP, 0, false)));
  CHECK(!hasRequested(family, asked, link("v0", 1400, 0, 0, false)));
  CHECK(isSameObject(family, asked, link("v0", 1, 0, 0, false), false));
  CHECK(!isSameObject(family, asked, link("v1", 1400, IFF_UP, 0, false), false));
}

TEST_CASE("the object is found among a dump's datagrams") {
  const std::vector<Bytes> datagrams = {route(AF_INET, 8, RT_TABLE_MAIN, 0),
                                        route(AF_INET, 16, RT_TABLE_MAIN, 0)};
  const schema::Family& family = *schema::familyByName("route");
  CHECK(findObject(family, route(AF_INET, 16, 0, 0), datagrams, false).data() == datagrams[1].data());
  CHECK(findObject(family, route(AF_INET, 24, 0, 0), datagrams, false).empty());
}

}  // namespace
}  // namespace netloom
