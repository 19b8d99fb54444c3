// Undoes the steps of a program in reverse order.
#pragma once

#include <variant>
#include <vector>

#include "../request/batch.h"

namespace netloom {

class UndoLog {
 public:
  explicit UndoLog(uint32_t deadlineMs) : deadlineMs_(deadlineMs) {}

  void addRequest(int step, uint32_t slot, Request inverse);
  void addTransaction(int step, uint32_t slot, std::vector<Request> inverse);
  void addNamespace(int step, uint32_t slot, std::string path);
  void addSysctl(int step, uint32_t slot, std::string path, std::string old);

  // Does the work of one send. False when nothing remains; `left` then has the steps that could not be
  // undone.
  bool advance(Slots& slots, std::vector<Outcome::NotUndone>& left);

 private:
  struct Inverse {
    uint32_t slot;
    Request request;
  };
  struct NftBatch {
    uint32_t slot;
    std::vector<Request> requests;
  };
  struct CreatedNamespace {
    uint32_t slot;
    std::string path;
  };
  struct Setting {
    uint32_t slot;
    std::string path;
    std::string old;
  };
  struct Entry {
    int step;
    std::variant<Inverse, NftBatch, CreatedNamespace, Setting> what;
    bool single = false;  // deleting the group failed: delete this link alone
    Failure failure = {};
  };
  Failure takeBack(Slots& slots, NftBatch& batch) const;
  static Failure takeBack(Slots& slots, CreatedNamespace& creation);
  static Failure takeBack(Slots& slots, Setting& setting);

  // The number of latest entries that delete links in one slot.
  [[nodiscard]] size_t deletions() const;
  void takeBackLinks(Slots& slots, size_t count);
  void takeBackRequests(Slots& slots);
  void keep(Entry entry, Failure failure);

  uint32_t deadlineMs_;
  std::vector<Entry> entries_;
  std::vector<Entry> failed_;  // retried once at the end, when objects they depend on may exist again
  bool lastTry_ = false;
};

}  // namespace netloom
