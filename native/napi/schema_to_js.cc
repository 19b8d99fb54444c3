#include <set>

#include "../netlink/schema.h"
#include "convert.h"

namespace netloom {

namespace {

using schema::AttrSet;
using schema::Kind;

struct KindName {
  Kind kind;
  const char* text;
};
constexpr KindName kKindNames[] = {{Kind::kU8, "u8"},           {Kind::kU16, "u16"},
                                   {Kind::kU32, "u32"},         {Kind::kU64, "u64"},
                                   {Kind::kS8, "s8"},           {Kind::kS32, "s32"},
                                   {Kind::kS64, "s64"},         {Kind::kBe16, "be16"},
                                   {Kind::kBe32, "be32"},       {Kind::kBe64, "be64"},
                                   {Kind::kSBe32, "sbe32"},     {Kind::kBool, "bool"},
                                   {Kind::kFlag, "flag"},       {Kind::kBit8, "bit8"},
                                   {Kind::kBit32, "bit32"},     {Kind::kStr, "str"},
                                   {Kind::kMac, "mac"},         {Kind::kIp4, "ip4"},
                                   {Kind::kIp6, "ip6"},         {Kind::kIp, "ip"},
                                   {Kind::kPrefix, "prefix"},   {Kind::kVia, "via"},
                                   {Kind::kBytes, "bytes"},     {Kind::kDev, "dev"},
                                   {Kind::kNetns, "netns"},     {Kind::kNest, "nest"},
                                   {Kind::kInline, "inline"},   {Kind::kUnion, "union"},
                                   {Kind::kList, "list"},       {Kind::kStruct, "struct"},
                                   {Kind::kDevconf, "devconf"}, {Kind::kMultipath, "multipath"},
                                   {Kind::kUint, "uint"},       {Kind::kWeight, "weight"},
                                   {Kind::kArray, "array"},     {Kind::kSkip, "skip"},
                                   {Kind::kGroup, "group"},     {Kind::kHandle, "handle"}};

const char* kindName(Kind kind) {
  for (const auto& row : kKindNames)
    if (row.kind == kind) return row.text;
  return "";
}

class Describer {
 public:
  explicit Describer(Napi::Env env) : env_(env), tables_(Napi::Object::New(env)) {}

  void table(const AttrSet& set) {
    if (!seen_.insert(&set).second) return;
    auto out = Napi::Object::New(env_);
    out.Set("headerSize", set.headerSize);
    out.Set("familyOffset", set.familyOffset);
    out.Set("changeOffset", set.changeOffset);
    out.Set("header", rows(set.header));
    out.Set("attrs", rows(set.attrs));
    tables_.Set(text(set.name), out);
  }

  [[nodiscard]] Napi::Object tables() const { return tables_; }
  Napi::String text(std::string_view value) { return Napi::String::New(env_, value.data(), value.size()); }

 private:
  Napi::Array rows(std::span<const schema::Attr> attrs) {
    auto out = Napi::Array::New(env_, attrs.size());
    for (uint32_t i = 0; i < attrs.size(); i++) out.Set(i, row(attrs[i]));
    return out;
  }

  Napi::Object row(const schema::Attr& attr) {
    auto out = Napi::Object::New(env_);
    out.Set("type", attr.type);
    out.Set("key", text(attr.key));
    out.Set("kind", kindName(attr.kind));
    out.Set("arg", attr.arg);
    out.Set("access", attr.access == schema::Access::kBoth    ? "both"
                      : attr.access == schema::Access::kReply ? "reply"
                                                              : "request");
    if (attr.nest != nullptr) {
      out.Set("nest", text(attr.nest->name));
      table(*attr.nest);
    }
    if (attr.names != nullptr) {
      auto values = Napi::Object::New(env_);
      for (const auto& name : attr.names->rows) values.Set(name.text, name.value);
      auto names = Napi::Object::New(env_);
      names.Set("bitmask", attr.names->bitmask);
      names.Set("values", values);
      out.Set("names", names);
    }
    if (!attr.selector.empty()) {
      out.Set("selector", text(attr.selector));
      auto variants = Napi::Object::New(env_);
      for (const auto& variant : attr.variants) {
        variants.Set(text(variant.name), text(variant.set->name));
        table(*variant.set);
      }
      out.Set("variants", variants);
    }
    return out;
  }

  Napi::Env env_;
  Napi::Object tables_;
  std::set<const AttrSet*> seen_;
};

}  // namespace

Napi::Object schemaToJs(Napi::Env env) {
  Describer describer(env);
  auto families = Napi::Object::New(env);
  for (const auto& family : schema::families()) {
    describer.table(*family.set);
    auto out = Napi::Object::New(env);
    out.Set("table", describer.text(family.set->name));
    out.Set("protocol", family.protocol);
    out.Set("newType", family.newType);
    out.Set("deleteType", family.deleteType);
    out.Set("getType", family.getType);
    out.Set("addressFamily", family.addressFamily);
    if (!family.generic.empty()) out.Set("generic", describer.text(family.generic));
    auto identity = Napi::Array::New(env, family.identity.size());
    for (uint32_t i = 0; i < family.identity.size(); i++) identity.Set(i, describer.text(family.identity[i]));
    out.Set("identity", identity);
    families.Set(describer.text(family.name), out);
  }
  auto out = Napi::Object::New(env);
  out.Set("families", families);
  out.Set("tables", describer.tables());
  out.Set("operations", operationsToJs(env));
  auto verbs = Napi::Array::New(env);
  for (const auto& verb : schema::kVerbNames) verbs.Set(verbs.Length(), describer.text(verb));
  out.Set("verbs", verbs);
  return out;
}

}  // namespace netloom
