// Consecutive requests for one socket that travel in one send.
#pragma once

#include "../program/slots.h"
#include "exchange.h"

namespace netloom {

// Puts indexes, descriptors and types that are known only now into a request's bytes. A name that is no
// device (any more) fails with ENODEV and the path of the key that held it.
Failure patch(Slots& slots, Socket& socket, const Request& request, Bytes& bytes);

class Batch {
 public:
  Batch(Slots& slots, Socket& socket) : slots_(slots), socket_(socket) {}

  enum class Added : uint8_t {
    kYes,
    kFull,    // send first, then try again
    kFailed,  // the request cannot be completed: `why`
  };
  Added add(const Request& request, Failure& why);
  [[nodiscard]] size_t size() const { return families_.size(); }

  // Asks the last message for an ACK, sends, and has an answer for every request.
  std::vector<Answer> send(int64_t deadline);

 private:
  [[nodiscard]] bool full(const Request& request) const;

  Slots& slots_;
  Socket& socket_;
  Bytes bytes_;
  std::vector<const schema::Family*> families_;
  size_t last_ = 0;  // offset of the last message
  int slow_ = 0;
  int made_ = 0;          // messages that cost the kernel milliseconds each
  bool renames_ = false;  // a name resolved now might be another device's when the pack is run
};

}  // namespace netloom
