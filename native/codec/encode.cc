#include <linux/netlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "codec.h"
#include "lookup.h"
#include "text.h"
#include "values.h"

namespace netloom {

namespace {

using schema::Attr;
using schema::AttrSet;
using schema::Kind;

class Encoder {
 public:
  Encoder(Napi::Env env, Request& out, const AttrSet& top)
      : env_(env), out_(out), writer_(out.bytes), top_(top) {}

  void message(uint16_t type, uint16_t flags, uint8_t addressFamily, Napi::Value body) {
    writer_.begin(type, flags);
    if (body.IsTypedArray()) {
      const auto bytes = body.As<Napi::Uint8Array>();
      writer_.raw({bytes.Data(), bytes.ByteLength()});
    } else {
      if (!body.IsObject()) refuse(Place{}, "an object", body);
      const size_t header = writer_.header(top_.headerSize);
      if (top_.familyOffset >= 0)
        familyAt_ = header + top_.familyOffset;
      else if (addressFamily != 0)
        *writer_.at(header) = addressFamily;
      if (familyAt_ != 0) *writer_.at(familyAt_) = addressFamily;
      object(top_, header, body.As<Napi::Object>(), Place{});
    }
    if (!writer_.end())
      throw Refusal{"", "is too large for one message: an attribute takes at most 65,531 bytes"};
  }

  // A request that changes something is about one family; the kernel has no default, iproute2's is IPv4.
  void defaultFamily() {
    if (familyAt_ != 0 && !familyGiven_ && *writer_.at(familyAt_) == AF_UNSPEC)
      *writer_.at(familyAt_) = AF_INET;
  }

 private:
  struct Inlined {
    const Attr* through;
    const Attr* row;
    Napi::Value value;
  };

  void object(const AttrSet& set, size_t header, Napi::Object body, const Place& place) {
    std::vector<Inlined> inlined;
    eachProperty(body, place, [&](const std::string& key, Napi::Value value, const Place& own) {
      const Found found = findRow(set, key);
      if (found.row == nullptr) unknown(set, key, own);
      if (found.row->access == schema::Access::kReply)
        throw Refusal{own.text(), "is filled by the kernel only and cannot be requested"};
      if (found.inHeader)
        headerField(set, *found.row, header, value, own);
      else if (found.through == nullptr)
        attribute(*found.row, header, body, value, own);
      else
        inlined.push_back({found.through, found.row, value});
    });
    for (size_t i = 0; i < inlined.size(); i++) {
      const Attr* through = inlined[i].through;
      if (through == nullptr) continue;
      const size_t start = writer_.openNest(through->type | NLA_F_NESTED);
      for (size_t j = i; j < inlined.size(); j++) {
        if (inlined[j].through != through) continue;
        attribute(*inlined[j].row, header, body, inlined[j].value, Place{&place, inlined[j].row->key});
        inlined[j].through = nullptr;
      }
      writer_.closeNest(start);
    }
  }

  [[noreturn]] static void unknown(const AttrSet& set, const std::string& key, const Place& place) {
    const auto candidates = writableKeys(set);
    const auto suggestion = nearest(key, candidates);
    std::string problem = "is no attribute of " + std::string(set.name);
    if (!suggestion.empty()) problem += ", did you mean " + std::string(suggestion) + "?";
    throw Refusal{place.text(), problem};
  }

  void headerField(const AttrSet& set, const Attr& row, size_t header, Napi::Value value,
                   const Place& place) {
    const size_t at = header + row.type;
    switch (row.kind) {
      case Kind::kBit8:
        if (booleanOf(value, place)) *writer_.at(at) |= row.arg;
        return;
      case Kind::kBit32:
        setBits(at, row.arg, booleanOf(value, place));
        if (set.changeOffset >= 0) setBits(header + set.changeOffset, row.arg, true);
        return;
      case Kind::kDev:
        device(value, at, place);
        return;
      default: {
        Bytes bytes;
        appendScalar(row, value, place, bytes);
        std::copy(bytes.begin(), bytes.end(), writer_.at(at));
        if (at == familyAt_) familyGiven_ = true;
      }
    }
  }

  void setBits(size_t at, uint32_t mask, bool on) {
    uint32_t bits = 0;
    std::memcpy(&bits, writer_.at(at), sizeof bits);
    bits = on ? bits | mask : bits & ~mask;
    std::memcpy(writer_.at(at), &bits, sizeof bits);
  }

  void attribute(const Attr& row, size_t header, Napi::Object parent, Napi::Value value, const Place& place) {
    switch (row.kind) {
      case Kind::kFlag:
        if (booleanOf(value, place)) writer_.put(row.type, nullptr, 0);
        return;
      case Kind::kStr:
        return text(row, value, place);
      case Kind::kIp6:
      case Kind::kIp:
        return address(row, value, place);
      case Kind::kPrefix:
        return prefix(row, header, value, place);
      case Kind::kVia:
        return via(row, value, place);
      case Kind::kBytes: {
        if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
          refuse(place, "a Uint8Array", value);
        const auto bytes = value.As<Napi::Uint8Array>();
        if (row.arg != 0 && bytes.ByteLength() != row.arg)
          throw Refusal{place.text(), "must be " + std::to_string(row.arg) + " bytes, got " +
                                          std::to_string(bytes.ByteLength())};
        return writer_.put(row.type, bytes.Data(), bytes.ByteLength());
      }
      case Kind::kDev: {
        writer_.put(row.type, uint32_t{0});
        return device(value, writer_.size() - sizeof(uint32_t), place);
      }
      case Kind::kNetns: {
        const uint32_t slot = integerOf(value, 0, UINT16_MAX, "a namespace", place);
        writer_.put(row.type, uint32_t{0});
        out_.namespaces.push_back(
            {static_cast<uint32_t>(writer_.size() - sizeof(uint32_t)), static_cast<uint16_t>(slot)});
        return;
      }
      case Kind::kNest:
      case Kind::kDevconf:
        return nest(row.type, *row.nest, value, place);
      case Kind::kUnion:
        return nest(row.type, variant(row, parent, place), value, place);
      case Kind::kList:
        return list(row, value, place);
      case Kind::kArray:
        return array(row, value, place);
      case Kind::kStruct: {
        Bytes bytes = structure(*row.nest, value, place);
        return writer_.put(row.type, bytes.data(), bytes.size());
      }
      case Kind::kMultipath:
        return multipath(row, value, place);
      case Kind::kGroup: {
        Bytes all;
        each(value, place, [&](Napi::Value item, const Place& itemPlace) {
          const Bytes one = structure(*row.nest, item, itemPlace);
          all.insert(all.end(), one.begin(), one.end());
        });
        return writer_.put(row.type, all.data(), all.size());
      }
      default: {
        Bytes bytes;
        appendScalar(row, value, place, bytes);
        writer_.put(row.type, bytes.data(), bytes.size());
      }
    }
  }

  void nest(uint16_t type, const AttrSet& set, Napi::Value value, const Place& place) {
    if (!value.IsObject() || value.IsArray()) refuse(place, "an object", value);
    const size_t start = writer_.openNest(type | NLA_F_NESTED);
    const size_t header = writer_.header(set.headerSize);
    object(set, header, value.As<Napi::Object>(), place);
    writer_.closeNest(start);
  }

  const AttrSet& variant(const Attr& row, Napi::Object parent, const Place& place) {
    const std::string selector(row.selector);
    const Napi::Value chosen = parent.Get(selector);
    if (!chosen.IsString())
      throw Refusal{place.text(), "needs " + selector + " beside it, which says what its keys are"};
    const std::string name = chosen.As<Napi::String>().Utf8Value();
    for (const auto& candidate : row.variants)
      if (candidate.name == name) return *candidate.set;
    throw Refusal{place.text(), "is not known for " + selector + " '" + name + "'"};
  }

  void list(const Attr& row, Napi::Value value, const Place& place) {
    const size_t start = writer_.openNest(row.type | NLA_F_NESTED);
    uint16_t count = 0;
    each(value, place, [&](Napi::Value item, const Place& itemPlace) {
      count++;
      nest(row.arg == 0 ? count : static_cast<uint16_t>(row.arg), *row.nest, item, itemPlace);
    });
    writer_.closeNest(start);
  }

  void array(const Attr& row, Napi::Value value, const Place& place) {
    const size_t start = writer_.openNest(row.type | NLA_F_NESTED);
    Attr element = row.nest->attrs.front();
    uint16_t index = 0;
    each(value, place, [&](Napi::Value item, const Place& itemPlace) {
      if (row.arg == 1) element.type = index++;
      attribute(element, 0, Napi::Object::New(env_), item, itemPlace);
    });
    writer_.closeNest(start);
  }

  // rtnexthop carries its own length and has no attribute around it.
  void multipath(const Attr& row, Napi::Value value, const Place& place) {
    const size_t start = writer_.openNest(row.type);
    each(value, place, [&](Napi::Value item, const Place& itemPlace) {
      if (!item.IsObject()) refuse(itemPlace, "an object", item);
      const size_t header = writer_.header(row.nest->headerSize);
      object(*row.nest, header, item.As<Napi::Object>(), itemPlace);
      const auto length = static_cast<uint16_t>(writer_.size() - header);
      std::memcpy(writer_.at(header), &length, sizeof length);
    });
    writer_.closeNest(start);
  }

  Bytes structure(const AttrSet& set, Napi::Value value, const Place& place) {
    if (!value.IsObject() || value.IsArray()) refuse(place, "an object", value);
    Bytes out(set.headerSize);
    const auto body = value.As<Napi::Object>();
    eachProperty(body, place, [&](const std::string& key, Napi::Value field, const Place& own) {
      const Found found = findRow(set, key);
      if (found.row == nullptr) unknown(set, key, own);
      Bytes bytes;
      appendScalar(*found.row, field, own, bytes);
      std::copy(bytes.begin(), bytes.end(), out.begin() + found.row->type);
    });
    return out;
  }

  void text(const Attr& row, Napi::Value value, const Place& place) {
    if (!value.IsString()) refuse(place, "a string", value);
    const std::string content = textIn(value);
    if (content.size() > row.arg) refuse(place, "at most " + std::to_string(row.arg) + " bytes", value);
    if (content.find('\0') != std::string::npos)
      throw Refusal{place.text(), "must not contain a NUL character"};
    writer_.put(row.type, content.c_str(), content.size() + 1);
  }

  void address(const Attr& row, Napi::Value value, const Place& place) {
    const auto parsed = value.IsString() ? parseAddress(textIn(value)) : std::nullopt;
    if (row.kind == Kind::kIp6 && (!parsed || parsed->size != 16))
      refuse(place, "an IPv6 address such as 'fd00::1'", value);
    if (!parsed) refuse(place, "an IPv4 or IPv6 address such as '10.0.0.1' or 'fd00::1'", value);
    if (row.kind == Kind::kIp) takeFamily(*parsed, value, place);
    writer_.put(row.type, parsed->bytes.data(), parsed->size);
  }

  void prefix(const Attr& row, size_t header, Napi::Value value, const Place& place) {
    const std::string content = value.IsString() ? textIn(value) : "";
    if (content == "default" || content == "all") return;  // length 0 and no attribute
    const auto parsed = parsePrefix(content);
    if (!parsed) refuse(place, "an address with a prefix length such as '10.0.0.0/8' or 'fd00::/8'", value);
    takeFamily(parsed->address, value, place);
    *writer_.at(header + row.arg) = parsed->length;
    writer_.put(row.type, parsed->address.bytes.data(), parsed->address.size);
  }

  // A next hop of the other address family: struct rtvia.
  void via(const Attr& row, Napi::Value value, const Place& place) {
    const auto parsed = value.IsString() ? parseAddress(textIn(value)) : std::nullopt;
    if (!parsed) refuse(place, "an IPv4 or IPv6 address", value);
    const uint16_t family = parsed->size == 4 ? AF_INET : AF_INET6;
    Bytes bytes(sizeof family + parsed->size);
    std::memcpy(bytes.data(), &family, sizeof family);
    std::memcpy(bytes.data() + sizeof family, parsed->bytes.data(), parsed->size);
    writer_.put(row.type, bytes.data(), bytes.size());
  }

  // The first address says what the request is about; the others must agree.
  void takeFamily(const Address& address, Napi::Value value, const Place& place) {
    if (familyAt_ == 0) return;
    const uint8_t family = address.size == 4 ? AF_INET : AF_INET6;
    uint8_t& field = *writer_.at(familyAt_);
    if (field == AF_UNSPEC)
      field = family;
    else if ((field == AF_INET || field == AF_INET6) && field != family)
      refuse(place,
             field == AF_INET ? "an IPv4 address like the rest of the request"
                              : "an IPv6 address like the rest of the request",
             value);
  }

  void device(Napi::Value value, size_t at, const Place& place) {
    if (value.IsNull()) return;
    if (value.IsString()) {
      std::string name = textIn(value);
      if (name.empty() || name.size() >= IFNAMSIZ) refuse(place, "an interface name of 1 to 15 bytes", value);
      out_.devices.push_back({static_cast<uint32_t>(at), std::move(name)});
      return;
    }
    const uint32_t index = integerOf(value, 0, INT32_MAX, "an interface name or index", place);
    std::memcpy(writer_.at(at), &index, sizeof index);
  }

  Napi::Env env_;
  Request& out_;
  MessageWriter writer_;
  const AttrSet& top_;
  size_t familyAt_ = 0;
  bool familyGiven_ = false;
};

uint16_t verbFlags(const schema::Family& family, schema::Verb verb) {
  switch (verb) {
    case schema::Verb::kAdd:
      return NLM_F_CREATE | NLM_F_EXCL;
    case schema::Verb::kReplace:
      return NLM_F_CREATE | NLM_F_REPLACE;
    case schema::Verb::kAppend:
      return NLM_F_CREATE | NLM_F_APPEND;
    case schema::Verb::kSet:
      // RTM_NEWLINK without flags changes a link; the other families need to be told.
      return family.name == "link" ? 0 : NLM_F_REPLACE;
    case schema::Verb::kList:
      return NLM_F_DUMP;
    default:
      return 0;
  }
}

}  // namespace

Request encodeRequest(Napi::Env env, const schema::Family& family, schema::Verb verb, Napi::Value body,
                      uint16_t flags) {
  Request out;
  out.family = &family;
  out.verb = verb;
  const bool reads = verb == schema::Verb::kGet || verb == schema::Verb::kList;
  const uint16_t type = reads                           ? family.getType
                        : verb == schema::Verb::kDelete ? family.deleteType
                                                        : family.newType;
  Encoder encoder(env, out, *family.set);
  encoder.message(type, NLM_F_REQUEST | verbFlags(family, verb) | flags, family.addressFamily, body);
  if (!reads) encoder.defaultFamily();
  return out;
}

}  // namespace netloom
