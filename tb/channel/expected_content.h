// What reads of a channel must answer: a flat memory that only the requests feed, over the content that a SeededMemory
// behind the channel begins with.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "models/channel/address_map.h"
#include "models/common/slot_memory.h"
#include "tb/common/scoreboard.h"

namespace tarn::channel {

class ExpectedContent {
 public:
  // seed: the memory's; map: the channel's.
  ExpectedContent(std::uint64_t seed, const AddressMap& map) : seed_(seed), map_(map) {}

  Line Read(std::uint64_t line) const;
  // Writes the whole line with content that no other write has; returns it.
  const Line& Write(std::uint64_t line);
  // Every line written is in the module, where the map puts it. The channel has nothing queued.
  void CompareWithModule(SlotMemory& module, tb::Failures& failures) const;

  // Requests of different classes to one line may pass each other: the one that comes later waits until the others are
  // answered, so that it is known what is right.
  bool MayTouch(std::uint64_t line, unsigned port) const;
  void Taken(std::uint64_t line, unsigned port);
  void Answered(std::uint64_t line);

 private:
  struct Owner {
    unsigned port = 0;
    unsigned under_way = 0;
  };
  std::uint64_t seed_;
  AddressMap map_;
  std::unordered_map<std::uint64_t, Line> written_;
  std::unordered_map<std::uint64_t, Owner> owners_;  // only of lines with requests under way
  std::uint64_t writes_ = 0;
};

}  // namespace tarn::channel
