#include "nft_batch.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cerrno>

#include "../netlink/error.h"
#include "batch.h"

namespace netloom {
namespace {

// If another process commits after the generation was read, the kernel rejects the batch with ERESTART.
constexpr int kAttempts = 64;

constexpr uint16_t nftType(uint16_t message) { return NFNL_SUBSYS_NFTABLES << 8 | message; }

void putHeader(MessageWriter& writer, uint16_t resource) {
  const size_t at = writer.header(sizeof(nfgenmsg));
  const nfgenmsg header{AF_UNSPEC, NFNETLINK_V0, htons(resource)};
  std::memcpy(writer.at(at), &header, sizeof header);
}

void putFrame(Bytes& out, uint16_t type, const uint32_t* generation) {
  MessageWriter writer(out);
  writer.begin(type, NLM_F_REQUEST);
  putHeader(writer, NFNL_SUBSYS_NFTABLES);
  if (generation != nullptr) writer.put(NFNL_BATCH_GENID, htonl(*generation));
  (void)writer.end();  // a header and one number cannot outgrow their length fields
}

// The generation of the namespace's ruleset, which every commit increments.
Failure readGeneration(Socket& socket, uint32_t deadlineMs, uint32_t& out) {
  Request get;
  MessageWriter writer(get.bytes);
  writer.begin(nftType(NFT_MSG_GETGEN), NLM_F_REQUEST);
  putHeader(writer, 0);
  (void)writer.end();
  const Answer answer = askOnce(socket, get, deadlineIn(deadlineMs));
  if (!answer.done()) return answer.failure;
  for (const Bytes& datagram : answer.reply) {
    MessageReader reader(datagram);
    while (const auto message = reader.next()) {
      if (message->size() < NLMSG_HDRLEN + sizeof(nfgenmsg)) continue;
      const auto id = findAttribute(payloadOf(*message).subspan(sizeof(nfgenmsg)), NFTA_GEN_ID);
      if (!id || id->size() < sizeof(uint32_t)) continue;
      out = ntohl(load<uint32_t>(*id));
      return {};
    }
  }
  Failure failure;
  failure.error = EPROTO;
  failure.call = "netlink";
  return failure;
}

struct EncodedBatch {
  Bytes bytes;
  std::vector<const schema::Family*> families;
};

Failure compose(Slots& slots, Socket& socket, const std::vector<Request>& requests, uint32_t generation,
                EncodedBatch& out) {
  putFrame(out.bytes, NFNL_MSG_BATCH_BEGIN, &generation);
  out.families.push_back(nullptr);
  size_t last = 0;
  for (size_t i = 0; i < requests.size(); i++) {
    Bytes bytes = requests[i].bytes;
    if (Failure failure = patch(slots, socket, requests[i], bytes); failure.error != 0) {
      failure.request = static_cast<int>(i);
      return failure;
    }
    last = out.bytes.size();
    out.bytes.insert(out.bytes.end(), bytes.begin(), bytes.end());
    out.bytes.resize(NLMSG_ALIGN(out.bytes.size()));
    out.families.push_back(requests[i].family);
  }
  auto header = load<nlmsghdr>(out.bytes, last);
  header.nlmsg_flags |= NLM_F_ACK;
  std::memcpy(out.bytes.data() + last, &header, sizeof header);
  putFrame(out.bytes, NFNL_MSG_BATCH_END, nullptr);
  out.families.push_back(nullptr);
  return {};
}

// What the batch came to: the first refusal, or the loss of the answer, or success.
Answer outcomeOf(std::vector<Answer> answers) {
  const size_t last = answers.size() - 2;  // behind it only BATCH_END, which is not answered
  for (size_t i = 0; i <= last; i++) {
    if (answers[i].state != Answer::State::kFailed) continue;
    answers[i].failure.request = static_cast<int>(i) - 1;  // -1: the batch as a whole
    return std::move(answers[i]);
  }
  return std::move(answers[last]);
}

bool isTransient(int error) { return error == ERESTART || error == EAGAIN || error == EINTR; }

}  // namespace

Failure sendNftBatch(Slots& slots, uint32_t slot, const std::vector<Request>& requests, uint32_t deadlineMs) {
  if (requests.empty()) return {};
  Answer answer;
  bool lost = false;
  uint32_t before = 0;
  for (int attempt = 0; attempt < kAttempts; attempt++) {
    Socket* socket = nullptr;
    if (Failure failure = slots.socket(slot, NETLINK_NETFILTER, socket); failure.error != 0) return failure;
    uint32_t generation = 0;
    if (Failure failure = readGeneration(*socket, deadlineMs, generation); failure.error != 0)
      return lost ? answer.failure : failure;
    // The batch names its generation. Unchanged: it was not applied. Changed: by it or by another, which none
    // can tell.
    if (lost && generation != before) return answer.failure;
    before = generation;
    EncodedBatch batch;
    if (Failure failure = compose(slots, *socket, requests, generation, batch); failure.error != 0)
      return failure;
    answer = outcomeOf(exchange(*socket, batch.bytes, batch.families, deadlineIn(deadlineMs)));
    if (answer.done()) return {};
    lost = answer.state == Answer::State::kUnknown;
    if (!lost && !isTransient(answer.failure.error)) return answer.failure;
  }
  return answer.failure;
}

Failure undoNftBatch(Slots& slots, uint32_t slot, const std::vector<Request>& inverse, uint32_t deadlineMs) {
  Failure failure = sendNftBatch(slots, slot, inverse, deadlineMs);
  if (!isNotFound(failure.error)) return failure;
  if (inverse.size() == 1) return {};
  // One missing object fails the whole batch: the others are removed one by one.
  for (const Request& request : inverse) {
    failure = sendNftBatch(slots, slot, {request}, deadlineMs);
    if (failure.error != 0 && !isNotFound(failure.error)) return failure;
  }
  return {};
}

}  // namespace netloom
