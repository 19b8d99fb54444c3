#include "exchange.h"

#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cerrno>

#include "../netlink/error.h"

namespace netloom {
namespace {

constexpr int kDumpAttempts = 8;
constexpr int kGetAttempts = 3;

// The answer to a single request, beside the verdict.
enum class Reply : uint8_t { kNone, kEcho, kAskedFor };

struct Sent {
  size_t offset;
  size_t size;
  uint32_t sequence;
};

class Exchange {
 public:
  Exchange(Socket& socket, Bytes& datagram, std::span<const schema::Family* const> families, Reply expected,
           const ReplySink& sink)
      : socket_(socket), datagram_(datagram), families_(families), expected_(expected), sink_(sink) {}

  std::vector<Answer> run(int64_t deadline) {
    number();
    answers_.resize(sent_.size());
    if (const int error = socket_.send(datagram_)) {
      for (Answer& answer : answers_) settle(answer, failed(error, "sendmsg"));
    } else {
      collect(deadline);
    }
    return std::move(answers_);
  }

 private:
  static void settle(Answer& answer, Failure failure) {
    answer.state = failure.error == 0 ? Answer::State::kDone : Answer::State::kFailed;
    answer.failure = std::move(failure);
  }

  void number() {
    MessageReader reader(datagram_);
    while (const auto message = reader.next()) {
      const auto offset = static_cast<size_t>(message->data() - datagram_.data());
      nlmsghdr header = load<nlmsghdr>(*message);
      header.nlmsg_seq = socket_.nextSequence();
      header.nlmsg_pid = socket_.port();
      std::memcpy(datagram_.data() + offset, &header, sizeof header);
      if ((header.nlmsg_flags & NLM_F_ACK) || sent_.empty()) last_ = sent_.size();
      if (sent_.empty())
        isBatch_ = socket_.protocol() == NETLINK_NETFILTER && header.nlmsg_type == NFNL_MSG_BATCH_BEGIN;
      sent_.push_back({offset, message->size(), header.nlmsg_seq});
    }
  }

  void collect(int64_t deadline) {
    Bytes datagram;
    while (!finished_) {
      const int error = socket_.receive(datagram, deadline);
      if (error != 0) return lose(error);
      take(std::move(datagram));
    }
    for (Answer& answer : answers_) {
      if (answer.state == Answer::State::kUnknown) settle(answer, {});
    }
  }

  // A datagram was lost, because the queue was full (ENOBUFS) or it was larger than the buffer (EMSGSIZE).
  // Errors that are still in the queue are certain, and so is the answer to the last message; all others stay
  // unknown. A verdict does not prove that every reply before it was received, so replies count as unknown as
  // well.
  void lose(int error) {
    socket_.spoiled = true;
    Bytes datagram;
    int nsid = -1;
    while (socket_.receiveNow(datagram, nsid) == 0) take(std::move(datagram));
    for (Answer& answer : answers_) {
      if (answer.done() && expected_ == Reply::kAskedFor) answer.state = Answer::State::kUnknown;
      answer.replyLost = answer.done() && expected_ == Reply::kEcho;
      if (answer.state == Answer::State::kUnknown) answer.failure = failed(error, "recvmsg");
    }
  }

  void take(Bytes datagram) {
    Answer* answered = nullptr;
    MessageReader reader(datagram);
    while (const auto message = reader.next()) {
      const auto header = load<nlmsghdr>(*message);
      const auto sent = std::find_if(sent_.begin(), sent_.end(),
                                     [&](const Sent& s) { return s.sequence == header.nlmsg_seq; });
      if (sent == sent_.end() || header.nlmsg_pid != socket_.port()) continue;
      const auto index = static_cast<size_t>(sent - sent_.begin());
      Answer& answer = answers_[index];
      if (header.nlmsg_flags & NLM_F_DUMP_INTR) answer.interrupted = true;
      if (header.nlmsg_type == NLMSG_ERROR || header.nlmsg_type == NLMSG_DONE) {
        verdict(index, *message);
      } else if (header.nlmsg_type >= NLMSG_MIN_TYPE) {
        // All replies in a datagram belong to one request: requests with a reply are sent alone.
        answered = &answer;
      }
    }
    if (answered == nullptr) return;
    if (sink_)
      sink_(std::move(datagram));
    else
      answered->reply.push_back(std::move(datagram));
  }

  void verdict(size_t index, ByteView message) {
    const auto verdict = readVerdict(message);
    if (!verdict) return;
    Failure failure;
    failure.error = verdict->error;
    failure.text = verdict->text;
    if (verdict->error != 0) {
      failure.call = "netlink";
      const ByteView request = ByteView(datagram_).subspan(sent_[index].offset, sent_[index].size);
      if (families_[index] != nullptr) failure.path = pathOf(*verdict, *families_[index], request);
    }
    // The first verdict counts: in a batch the kernel may both reject and acknowledge a message.
    if (answers_[index].state == Answer::State::kUnknown) settle(answers_[index], std::move(failure));
    finished_ = finished_ || index == last_ || (index == 0 && isBatch_);
  }

  Socket& socket_;
  Bytes& datagram_;
  std::span<const schema::Family* const> families_;
  Reply expected_;
  const ReplySink& sink_;
  std::vector<Sent> sent_;
  std::vector<Answer> answers_;
  size_t last_ = 0;
  // nf_tables rejects a whole batch by an error to its first message, and answers nothing else.
  bool isBatch_ = false;
  bool finished_ = false;
};

Answer alone(Socket& socket, Bytes bytes, const schema::Family* family, Reply expected, int64_t deadline,
             const ReplySink& sink = {}) {
  return std::move(Exchange(socket, bytes, std::span(&family, 1), expected, sink).run(deadline).front());
}

bool reads(const Request& request) {
  return request.verb == schema::Verb::kGet || request.verb == schema::Verb::kList;
}

Reply replyTo(const Request& request) {
  if (reads(request)) return Reply::kAskedFor;
  return (load<nlmsghdr>(request.bytes).nlmsg_flags & NLM_F_ECHO) ? Reply::kEcho : Reply::kNone;
}

}  // namespace

std::vector<Answer> exchange(Socket& socket, Bytes& datagram, std::span<const schema::Family* const> families,
                             int64_t deadline) {
  return Exchange(socket, datagram, families, Reply::kNone, {}).run(deadline);
}

bool isDump(const Request& request) {
  return reads(request) && (load<nlmsghdr>(request.bytes).nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
}

Answer askOnce(Socket& socket, const Request& request, int64_t deadline) {
  Bytes bytes = request.bytes;
  nlmsghdr header = load<nlmsghdr>(bytes);
  header.nlmsg_flags |= NLM_F_ACK;
  std::memcpy(bytes.data(), &header, sizeof header);
  const Reply expected = replyTo(request);
  Answer answer;
  for (int attempt = 0; attempt < kGetAttempts; attempt++) {
    answer = alone(socket, bytes, request.family, expected, deadline);
    const bool again = answer.state == Answer::State::kUnknown && expected == Reply::kAskedFor;
    if (!again || monotonicNow() >= deadline) break;
  }
  return answer;
}

Answer dump(Socket& socket, const Request& request, int64_t deadline, const ReplySink& sink) {
  Answer answer;
  for (int attempt = 0; attempt < kDumpAttempts; attempt++) {
    if (attempt > 0 && sink) sink({});
    answer = alone(socket, request.bytes, request.family, Reply::kAskedFor, deadline, sink);
    if (!answer.done() || !answer.interrupted) break;
  }
  return answer;
}

}  // namespace netloom
