// The message writer and the reader, the latter on hostile input as well.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "netlink/message.h"

#include <doctest/doctest.h>

#include <string>

namespace netloom {
namespace {

Bytes attribute(uint16_t length, uint16_t type, size_t payload) {
  Bytes out(4 + payload, 0xAB);
  std::memcpy(out.data(), &length, 2);
  std::memcpy(out.data() + 2, &type, 2);
  return out;
}

TEST_CASE("a message reads back as it was written") {
  Bytes bytes;
  MessageWriter writer(bytes);
  writer.begin(16, NLM_F_REQUEST);
  const size_t header = writer.header(6);  // padded to 8
  *writer.at(header) = 7;
  writer.put(1, "eth0", 5);
  const size_t nest = writer.openNest(2);
  writer.put(3, uint32_t{42});
  writer.closeNest(nest);
  REQUIRE(writer.end());

  MessageReader messages(bytes);
  const auto message = messages.next();
  REQUIRE(message);
  CHECK(!messages.next());
  CHECK(!messages.malformed());
  const auto head = load<nlmsghdr>(*message);
  CHECK(head.nlmsg_len == bytes.size());
  CHECK(head.nlmsg_type == 16);
  CHECK(head.nlmsg_flags == NLM_F_REQUEST);
  CHECK(payloadOf(*message)[0] == 7);

  AttributeReader attributes(payloadOf(*message).subspan(8));
  const auto name = attributes.next();
  REQUIRE(name);
  CHECK(name->type == 1);
  CHECK(std::string(reinterpret_cast<const char*>(name->payload.data())) == "eth0");
  const auto nested = attributes.next();
  REQUIRE(nested);
  CHECK(nested->type == 2);  // NLA_F_NESTED is no part of the type
  const auto id = findAttribute(nested->payload, 3);
  REQUIRE(id);
  CHECK(load<uint32_t>(*id) == 42);
  CHECK(!findAttribute(nested->payload, 4));
  CHECK(!attributes.next());
  CHECK(!attributes.malformed());
}

TEST_CASE("several messages follow each other in one buffer") {
  Bytes bytes;
  MessageWriter writer(bytes);
  for (uint16_t type = 16; type < 19; type++) {
    writer.begin(type, 0);
    writer.header(4);
    REQUIRE(writer.end());
  }
  MessageReader reader(bytes);
  for (uint16_t type = 16; type < 19; type++) CHECK(load<nlmsghdr>(*reader.next()).nlmsg_type == type);
  CHECK(!reader.next());
}

TEST_CASE("what outgrows a length field is refused at the end") {
  Bytes bytes;
  MessageWriter writer(bytes);
  writer.begin(16, 0);
  const Bytes large(70'000);
  writer.put(1, large.data(), large.size());
  CHECK(!writer.end());

  Bytes nested;
  MessageWriter nesting(nested);
  nesting.begin(16, 0);
  const size_t place = nesting.openNest(1);
  for (int i = 0; i < 20; i++) nesting.put(2, large.data(), 4'000);
  nesting.closeNest(place);
  CHECK(!nesting.end());

  Bytes most;
  MessageWriter fitting(most);
  fitting.begin(16, 0);
  fitting.put(1, large.data(), 65'535 - 4);
  CHECK(fitting.end());
}

TEST_CASE("an attribute that lies about its length ends the walk") {
  for (const uint16_t length : {0, 1, 2, 3, 9, 1000, 65535}) {
    CAPTURE(length);
    const Bytes bytes = attribute(length, 1, 4);
    AttributeReader reader(bytes);
    CHECK(!reader.next());
    CHECK(reader.malformed());
    CHECK(!reader.next());
  }
  // A whole one in front of the broken one is still seen.
  Bytes bytes = attribute(8, 1, 4);
  const Bytes broken = attribute(3, 2, 4);
  bytes.insert(bytes.end(), broken.begin(), broken.end());
  AttributeReader reader(bytes);
  CHECK(reader.next()->type == 1);
  CHECK(!reader.next());
  CHECK(reader.malformed());
}

TEST_CASE("a last attribute without its padding is taken") {
  Bytes bytes = attribute(6, 1, 2);
  AttributeReader reader(bytes);
  CHECK(reader.next()->payload.size() == 2);
  CHECK(!reader.next());
  CHECK(!reader.malformed());
}

TEST_CASE("a rest too short for a header ends the walk") {
  for (size_t size = 1; size < 4; size++) {
    const Bytes bytes(size);
    AttributeReader attributes(bytes);
    CHECK(!attributes.next());
    CHECK(attributes.malformed());
  }
  for (size_t size = 1; size < 16; size++) {
    const Bytes bytes(size);
    MessageReader messages(bytes);
    CHECK(!messages.next());
    CHECK(messages.malformed());
  }
  AttributeReader nothing({});
  CHECK(!nothing.next());
  CHECK(!nothing.malformed());
}

TEST_CASE("a message that lies about its length ends the walk") {
  for (const uint32_t length : {0U, 1U, 15U, 21U, 0x7FFFFFFFU, 0xFFFFFFFDU, 0xFFFFFFFFU}) {
    CAPTURE(length);
    Bytes bytes(20);
    std::memcpy(bytes.data(), &length, sizeof length);
    MessageReader reader(bytes);
    CHECK(!reader.next());
    CHECK(reader.malformed());
  }
}

}  // namespace
}  // namespace netloom
