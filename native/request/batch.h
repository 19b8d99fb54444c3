// Consecutive requests for one socket that travel in one send.
#pragma once

#include "../program/slots.h"
#include "exchange.h"

namespace netloom {

// Fills in the interface indexes, descriptors and message types of a request that are known only now. A name
// that is not, or no longer, a device fails with ENODEV and the path of its key.
Failure patch(Slots& slots, Socket& socket, const Request& request, Bytes& bytes);

class Batch {
 public:
  Batch(Slots& slots, Socket& socket) : slots_(slots), socket_(socket) {}

  enum class Added : uint8_t {
    kYes,
    kFull,    // send the batch first, then add the request to the next one
    kFailed,  // the request cannot be completed: `why`
  };
  Added add(const Request& request, Failure& why);
  [[nodiscard]] size_t size() const { return families_.size(); }

  // Sends the batch, with an ACK requested for the last message, and returns an answer for each request.
  std::vector<Answer> send(int64_t deadline);

 private:
  [[nodiscard]] bool full(const Request& request) const;

  Slots& slots_;
  Socket& socket_;
  Bytes bytes_;
  std::vector<const schema::Family*> families_;
  size_t last_ = 0;  // offset of the last message
  int deletedLinks_ = 0;
  int newLinks_ = 0;
  bool renames_ = false;  // a name resolved now might mean another device when the batch runs
};

}  // namespace netloom
