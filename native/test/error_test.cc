// The kernel's verdicts, with and without extended acknowledgement, whole and mutilated.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "netlink/error.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <climits>

#include "tables.h"

namespace netloom {
namespace {

// An NLMSG_ERROR as the kernel composes it; `echoed` bytes of the request follow its header unless capped.
Bytes errorMessage(int32_t code, uint16_t flags, size_t echoed, const Bytes& attributes) {
  Bytes out;
  MessageWriter writer(out);
  writer.begin(NLMSG_ERROR, flags);
  const size_t at = writer.header(sizeof(nlmsgerr));
  nlmsgerr error{};
  error.error = code;
  error.msg.nlmsg_len = static_cast<uint32_t>(NLMSG_HDRLEN + echoed);
  std::memcpy(writer.at(at), &error, sizeof error);
  if (!(flags & NLM_F_CAPPED)) writer.header(echoed);
  writer.raw(attributes);
  REQUIRE(writer.end());
  return out;
}

Bytes extended(const char* text, uint32_t offset) {
  Bytes out;
  MessageWriter writer(out);
  writer.put(NLMSGERR_ATTR_MSG, text, std::strlen(text) + 1);
  writer.put(NLMSGERR_ATTR_OFFS, offset);
  return out;
}

TEST_CASE("an ACK is success") {
  const auto verdict = readVerdict(errorMessage(0, NLM_F_CAPPED, 0, {}));
  REQUIRE(verdict);
  CHECK(verdict->error == 0);
  CHECK(verdict->text.empty());
}

TEST_CASE("text and offset are found behind a capped and behind an echoed request") {
  for (const bool capped : {true, false}) {
    CAPTURE(capped);
    const auto flags = static_cast<uint16_t>(NLM_F_ACK_TLVS | (capped ? NLM_F_CAPPED : 0));
    const auto verdict = readVerdict(errorMessage(-ERANGE, flags, 22, extended("too long", 36)));
    REQUIRE(verdict);
    CHECK(verdict->error == ERANGE);
    CHECK(verdict->text == "too long");
    REQUIRE(verdict->offset);
    CHECK(*verdict->offset == 36);
  }
}

TEST_CASE("attributes are not looked for without the flag that announces them") {
  const auto verdict = readVerdict(errorMessage(-EINVAL, NLM_F_CAPPED, 0, extended("text", 16)));
  REQUIRE(verdict);
  CHECK(verdict->text.empty());
  CHECK(!verdict->offset);
}

TEST_CASE("NLMSG_DONE carries a code, too") {
  Bytes done;
  MessageWriter writer(done);
  writer.begin(NLMSG_DONE, NLM_F_MULTI | NLM_F_ACK_TLVS);
  const int32_t code = -EMSGSIZE;
  writer.raw({reinterpret_cast<const uint8_t*>(&code), sizeof code});
  writer.raw(extended("table full", 0));
  REQUIRE(writer.end());
  const auto verdict = readVerdict(done);
  REQUIRE(verdict);
  CHECK(verdict->error == EMSGSIZE);
  CHECK(verdict->text == "table full");
}

TEST_CASE("a code without a positive counterpart does not overflow") {
  CHECK(readVerdict(errorMessage(INT_MIN, NLM_F_CAPPED, 0, {}))->error == INT_MAX);
  CHECK(readVerdict(errorMessage(5, NLM_F_CAPPED, 0, {}))->error == 0);
}

TEST_CASE("every truncation of a verdict is survived") {
  const Bytes whole = errorMessage(-EINVAL, NLM_F_ACK_TLVS, 40, extended("some text", 20));
  for (size_t size = 0; size < whole.size(); size++) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const auto verdict = readVerdict(part);
    CHECK(verdict.has_value() == (size >= NLMSG_HDRLEN + sizeof(nlmsgerr)));
  }
}

TEST_CASE("an echoed length beyond the message yields no text") {
  Bytes message = errorMessage(-EINVAL, NLM_F_ACK_TLVS, 0, extended("text", 20));
  const uint32_t length = 0xFFFFFFFF;
  std::memcpy(message.data() + NLMSG_HDRLEN + sizeof(int32_t), &length, sizeof length);
  const auto verdict = readVerdict(message);
  REQUIRE(verdict);
  CHECK(verdict->error == EINVAL);
  CHECK(verdict->text.empty());
}

TEST_CASE("a verdict points at a key of the request") {
  Bytes request;
  MessageWriter writer(request);
  writer.begin(16, 0);
  writer.header(8);
  writer.put(2, uint32_t{1500});
  REQUIRE(writer.end());
  Verdict verdict;
  CHECK(pathOf(verdict, test::kFamily, request).empty());
  verdict.offset = 24;
  CHECK(pathOf(verdict, test::kFamily, request) == "mtu");
  verdict.missingType = 1;
  CHECK(pathOf(verdict, test::kFamily, request) == "name");
}

}  // namespace
}  // namespace netloom
