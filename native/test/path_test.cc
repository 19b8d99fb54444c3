// The path of the attribute at an offset: every byte of a message with one row of each shape, and hostile
// messages.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "netlink/path.h"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <set>

#include "netlink/walk.h"
#include "tables.h"

namespace netloom {
namespace {

struct Sample {
  Bytes bytes;
  std::map<std::string, uint32_t> places;  // offset of the attribute (its header) that a path names
};

void putHop(MessageWriter& writer) {
  const size_t hop = writer.header(8);
  writer.put(5, uint32_t{0x0A000001});
  const auto length = static_cast<uint16_t>(writer.size() - hop);
  std::memcpy(writer.at(hop), &length, sizeof length);
}

Sample sample() {
  Sample out;
  MessageWriter writer(out.bytes);
  const auto mark = [&](const char* path) { out.places[path] = static_cast<uint32_t>(writer.size()); };
  writer.begin(16, 0);
  writer.header(8);
  mark("name");
  writer.put(1, "veth0", 6);
  mark("mtu");
  writer.put(2, uint32_t{1500});
  const size_t info = writer.openNest(3);
  mark("kind");
  writer.put(1, "paired", 7);
  mark("data");
  const size_t data = writer.openNest(2);
  mark("data.peer");
  const size_t peer = writer.openNest(1);
  mark("data.peer.index");
  writer.header(4);
  mark("data.peer.id");
  writer.put(1, uint32_t{1});
  writer.closeNest(peer);
  writer.closeNest(data);
  writer.closeNest(info);
  mark("items");
  const size_t items = writer.openNest(4);
  for (const char* path : {"items[0].port", "items[1].port"}) {
    const size_t item = writer.openNest(1);
    mark(path);
    writer.put(2, uint16_t{80});
    writer.closeNest(item);
  }
  writer.closeNest(items);
  const uint32_t pairs[] = {1, 2, 3, 4};
  writer.put(5, pairs, 8);
  out.places["counters.second"] = static_cast<uint32_t>(writer.size() - 4);
  const size_t hops = writer.openNest(6);
  putHop(writer);
  putHop(writer);
  out.places["hops[1].via"] = static_cast<uint32_t>(writer.size() - 8);
  out.places["hops[0].dev"] = static_cast<uint32_t>(hops + 4 + 4);
  writer.closeNest(hops);
  writer.put(7, pairs, 16);
  out.places["group[1].first"] = static_cast<uint32_t>(writer.size() - 8);
  mark("options");
  const size_t options = writer.openNest(8);
  writer.closeNest(options);
  REQUIRE(writer.end());
  return out;
}

TEST_CASE("each attribute is named by the offset of its header") {
  const Sample message = sample();
  for (const auto& [path, offset] : message.places)
    CHECK(pathAt(test::kFamily, message.bytes, offset) == path);
}

TEST_CASE("each scalar is named by the offset of its payload as well") {
  const Sample message = sample();
  for (const char* path : {"name", "mtu", "kind", "data.peer.id", "items[1].port"}) {
    CHECK(pathAt(test::kFamily, message.bytes, message.places.at(path) + NLA_HDRLEN) == path);
  }
}

TEST_CASE("header fields are named") {
  const Sample message = sample();
  CHECK(pathAt(test::kFamily, message.bytes, NLMSG_HDRLEN) == "family");
  CHECK(pathAt(test::kFamily, message.bytes, NLMSG_HDRLEN + 6) == "index");
  CHECK(pathAt(test::kFamily, message.bytes, NLMSG_HDRLEN + 1).empty());  // padding
}

TEST_CASE("a missing attribute is named in the nest that misses it") {
  const Sample message = sample();
  const auto missing = [&](uint32_t type, const char* nest) {
    return missingPath(test::kFamily, message.bytes, type, *nest == 0 ? 0 : message.places.at(nest));
  };
  CHECK(missing(2, "") == "mtu");
  CHECK(missing(2, "options") == "options.port");
  CHECK(missing(2, "data.peer") == "data.peer.port");
  CHECK(missing(999, "options") == "options");
  CHECK(missing(999, "").empty());
}

// Checks the fixed headers of a table and of all tables inside it.
void checkHeaders(const schema::AttrSet& set, std::set<const schema::AttrSet*>& seen) {
  if (!seen.insert(&set).second) return;
  for (const auto& field : set.header) {
    CHECK_MESSAGE(field.type + sizeOf(field) <= set.headerSize, set.name, " ", field.key);
    // Several fields may share their bytes, as flags do. No field may reach into the next one's.
    for (const auto& other : set.header) {
      const bool behind = other.type > field.type;
      CHECK_MESSAGE((!behind || field.type + sizeOf(field) <= other.type), set.name, " ", field.key);
    }
  }
  for (const auto& row : set.attrs) {
    if (row.nest != nullptr) checkHeaders(*row.nest, seen);
    for (const auto& variant : row.variants) checkHeaders(*variant.set, seen);
  }
}

TEST_CASE("no field of any table's header reaches into another") {
  std::set<const schema::AttrSet*> seen;
  for (const auto& family : schema::families()) checkHeaders(*family.set, seen);
  CHECK(seen.size() > 50);
}

TEST_CASE("an offset outside the message names nothing") {
  const Sample message = sample();
  CHECK(pathAt(test::kFamily, message.bytes, static_cast<uint32_t>(message.bytes.size())).empty());
  CHECK(pathAt(test::kFamily, message.bytes, 0xFFFFFFFF).empty());
  CHECK(pathAt(test::kFamily, {}, 0).empty());
}

TEST_CASE("mutilated messages are walked without leaving them") {
  const Sample message = sample();
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same cases every time
  for (int round = 0; round < 20'000; round++) {
    Bytes bytes = message.bytes;
    for (int i = 0; i < 4; i++) bytes[random() % bytes.size()] = static_cast<uint8_t>(random());
    bytes.resize(random() % (bytes.size() + 1));
    const auto offset = static_cast<uint32_t>(random() % 512);
    CHECK(pathAt(test::kFamily, bytes, offset).size() < 1000);
    CHECK(missingPath(test::kFamily, bytes, 2, offset).size() < 1000);
  }
}

}  // namespace
}  // namespace netloom
