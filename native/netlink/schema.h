// The row types of the attribute tables.
//
// A table row defines the number, the public key and the wire type of an attribute in one place. Encoding,
// decoding, the path of a rejected attribute, the reference documentation and several tests all use these
// rows.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace netloom::schema {

enum class Kind : uint8_t {
  // Numbers in host byte order, then in network byte order. 64-bit ones are bigint in JavaScript.
  kU8,
  kU16,
  kU32,
  kU64,
  kS8,
  kS32,
  kS64,
  kBe16,
  kBe32,
  kBe64,
  kSBe32,  // signed, in network byte order: the priority of an nf_tables chain
  kBool,   // a u8 that is 0 or 1
  kUint,   // 4 or 8 bytes, as the kernel finds them needed; always bigint. Replies only
  kFlag,  // an attribute without payload: present means true. Where the kernel answers with a byte, its value
          // counts
  kWeight,  // the weight of a next hop, from 1: the wire has one less, in `arg` bytes, the low one first
  kBit8,    // header rows only: the bit `arg` of a u8 field
  kBit32,   // header rows only: the bit `arg` of a u32 field
  kStr,     // NUL-terminated text of at most `arg` bytes, the NUL not counted
  kMac,     // a link-layer address as "02:00:00:00:00:01"; any length is decoded, 1 to 32 bytes are encoded
  kIp4,
  kIp6,
  kIp,      // 4 or 16 bytes, as the text says
  kVia,     // struct rtvia: an address that carries its own family
  kPrefix,  // like kIp, as "10.0.0.0/8"; the length lives in the header's u8 at offset `arg`
  kBytes,   // Uint8Array; exactly `arg` bytes unless that is 0
  kDev,     // a u32 interface index; a name is resolved by the executor just before sending. null means 0
  kHandle,  // a u32 that names a qdisc or class: "1:", "1:10", "root"
  kNetns,   // a u32 descriptor of a namespace: a slot of the program, patched by the executor
  kNest,    // attributes of `nest` (and its header, if it has one)
  kInline,  // a nest whose keys appear in the parent's own object (IFLA_LINKINFO)
  kUnion,   // a nest whose table is chosen by the sibling `selector` among `variants`
  kList,    // a nest of equal elements of type `arg` (0: types count 1, 2, 3 ...), each a nest of `nest`: an
            // array of objects
  kArray,   // a nest of plain values, each by the first row of `nest`; with `arg` 1 their types count 0, 1, 2
            // ...
  kStruct,  // a fixed structure: the header rows of `nest`
  kDevconf,    // u32 values by number: written as a nest, answered by the kernel as a plain array
  kMultipath,  // RTA_MULTIPATH: rtnexthop structures, each with attributes: an array of objects
  kGroup,      // NHA_GROUP: an array of structures of `nest`
  kSkip,       // padding, or a poorer copy of another attribute: read past, without a key
};

enum class Access : uint8_t {
  kBoth,
  kReply,    // filled in by the kernel only: rejected in a request
  kRequest,  // never in a reply
};

// A value with a name: an enumeration, or, with `bitmask`, an array of names.
struct Name {
  uint32_t value;
  const char* text;
};
struct Names {
  std::span<const Name> rows;
  bool bitmask = false;
};

struct AttrSet;
struct Variant {
  std::string_view name;
  const AttrSet* set;
};

struct Attr {
  uint16_t type;  // the attribute's number; in a header row the offset in bytes
  std::string_view key;
  Kind kind;
  uint32_t arg = 0;
  const AttrSet* nest = nullptr;
  const Names* names = nullptr;  // numeric kinds only
  Access access = Access::kBoth;
  std::string_view selector = {};          // kUnion only
  std::span<const Variant> variants = {};  // kUnion only
};

struct AttrSet {
  std::string_view name;  // the name of the table in errors and documentation
  std::span<const Attr> attrs = {};
  std::span<const Attr> header = {};
  uint16_t headerSize = 0;
  int16_t familyOffset = -1;  // u8 in the header that takes the address family of the first address encoded
  int16_t changeOffset = -1;  // u32 in the header that collects the mask of the kBit32 rows written
};

// Row makers, so that a table line stays one line.
constexpr Attr str(uint16_t type, std::string_view key, uint32_t longest) {
  return {type, key, Kind::kStr, longest};
}
constexpr Attr bit32(uint16_t offset, std::string_view key, uint32_t mask) {
  return {offset, key, Kind::kBit32, mask};
}
constexpr Attr bit8(uint16_t offset, std::string_view key, uint32_t mask) {
  return {offset, key, Kind::kBit8, mask};
}
constexpr Attr named(uint16_t type, std::string_view key, Kind kind, const Names* names) {
  return {type, key, kind, 0, nullptr, names};
}
constexpr Attr nest(uint16_t type, std::string_view key, const AttrSet* set) {
  return {type, key, Kind::kNest, 0, set};
}
constexpr Attr inlined(uint16_t type, const AttrSet* set) { return {type, {}, Kind::kInline, 0, set}; }
constexpr Attr structure(uint16_t type, std::string_view key, const AttrSet* set) {
  return {type, key, Kind::kStruct, 0, set};
}
constexpr Attr list(uint16_t type, std::string_view key, const AttrSet* set, uint32_t element) {
  return {type, key, Kind::kList, element, set};
}
constexpr Attr array(uint16_t type, std::string_view key, const AttrSet* element, bool counted = false) {
  return {type, key, Kind::kArray, counted ? 1u : 0u, element};
}
constexpr Attr skip(uint16_t type) { return {type, {}, Kind::kSkip, 0, nullptr, nullptr, Access::kReply}; }
constexpr Attr prefix(uint16_t type, std::string_view key, uint32_t lengthOffset) {
  return {type, key, Kind::kPrefix, lengthOffset};
}
constexpr Attr unionOf(uint16_t type, std::string_view key, std::string_view selector,
                       std::span<const Variant> variants) {
  return {type, key, Kind::kUnion, 0, nullptr, nullptr, Access::kBoth, selector, variants};
}
constexpr Attr replyOnly(Attr row) {
  row.access = Access::kReply;
  return row;
}
constexpr Attr requestOnly(Attr row) {
  row.access = Access::kRequest;
  return row;
}

enum class Verb : uint8_t { kAdd, kReplace, kAppend, kSet, kDelete, kGet, kList };
// In the order of Verb.
constexpr std::string_view kVerbNames[] = {"add", "replace", "append", "set", "delete", "get", "list"};

// A kind of kernel object: "link", "addr", "nftRule".
struct Family {
  std::string_view name;
  int protocol;  // NETLINK_ROUTE, NETLINK_NETFILTER or NETLINK_GENERIC
  // The messages' types; of a generic family its commands, which stand in for the type that `generic` has.
  uint16_t newType;
  uint16_t deleteType;
  uint16_t getType;
  const AttrSet* set;
  uint8_t addressFamily = 0;  // what the header's family starts as; AF_BRIDGE marks fdb among neighbours
  std::span<const std::string_view> identity = {};  // the keys that identify an object
  // The generic netlink family whose number, chosen by the kernel, is the type; empty for other protocols.
  std::string_view generic = {};
};

// native/schema/families.cc
std::span<const Family> families();
const Family* familyByName(std::string_view name);
// True for the family of links: RTM_NEWLINK of rtnetlink.
bool isLink(const Family& family);

}  // namespace netloom::schema
