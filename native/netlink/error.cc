#include "error.h"

#include <algorithm>
#include <cerrno>
#include <limits>

#include "path.h"

namespace netloom {
namespace {

std::optional<uint32_t> numberIn(ByteView payload) {
  if (payload.size() < sizeof(uint32_t)) return std::nullopt;
  return load<uint32_t>(payload);
}

void readExtended(ByteView attributes, Verdict& verdict) {
  AttributeReader reader(attributes);
  while (const auto attribute = reader.next()) {
    const ByteView payload = attribute->payload;
    switch (attribute->type) {
      case NLMSGERR_ATTR_MSG: {
        const auto end = std::find(payload.begin(), payload.end(), 0);
        verdict.text.assign(payload.begin(), end);
        break;
      }
      case NLMSGERR_ATTR_OFFS:
        verdict.offset = numberIn(payload);
        break;
      case NLMSGERR_ATTR_MISS_TYPE:
        verdict.missingType = numberIn(payload);
        break;
      case NLMSGERR_ATTR_MISS_NEST:
        verdict.missingNest = numberIn(payload).value_or(0);
        break;
      default:
        break;
    }
  }
}

}  // namespace

bool isNotFound(int error) {
  return error == ENODEV || error == ENOENT || error == ESRCH || error == EADDRNOTAVAIL || error == ENXIO;
}

std::optional<Verdict> readVerdict(ByteView message) {
  if (message.size() < NLMSG_HDRLEN + sizeof(int32_t)) return std::nullopt;
  const auto header = load<nlmsghdr>(message);
  Verdict verdict;
  const auto code = load<int32_t>(message, NLMSG_HDRLEN);
  // INT32_MIN has no positive counterpart; no kernel sends it.
  verdict.error = code >= 0 ? 0 : -std::max(code, -std::numeric_limits<int32_t>::max());
  size_t attributes = NLMSG_HDRLEN + sizeof(int32_t);
  if (header.nlmsg_type == NLMSG_ERROR) {
    // The code is followed by the header of the request, and by its body unless the ACK is capped.
    if (message.size() < NLMSG_HDRLEN + sizeof(nlmsgerr)) return std::nullopt;
    attributes = NLMSG_HDRLEN + sizeof(nlmsgerr);
    if (!(header.nlmsg_flags & NLM_F_CAPPED)) {
      const size_t length = load<nlmsghdr>(message, NLMSG_HDRLEN + sizeof(int32_t)).nlmsg_len;
      if (length > NLMSG_HDRLEN)
        attributes += (length - NLMSG_HDRLEN + NLMSG_ALIGNTO - 1) & ~size_t{NLMSG_ALIGNTO - 1};
    }
  }
  if ((header.nlmsg_flags & NLM_F_ACK_TLVS) && attributes <= message.size()) {
    readExtended(message.subspan(attributes), verdict);
  }
  return verdict;
}

std::string pathOf(const Verdict& verdict, const schema::Family& family, ByteView request) {
  if (verdict.missingType) return missingPath(family, request, *verdict.missingType, verdict.missingNest);
  if (verdict.offset) return pathAt(family, request, *verdict.offset);
  return {};
}

}  // namespace netloom
