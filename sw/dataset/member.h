// One storage system of a replicated dataset, as a pure state machine: step(state, event) -> actions. It has no
// threads, no descriptors and no clock of its own; README.md is its theory, interface.h its world.
#pragma once

#include <memory>
#include <vector>

#include "sw/dataset/config.h"
#include "sw/dataset/content_memory.h"
#include "sw/dataset/interface.h"
#include "sw/dataset/status.h"

namespace tarn::dataset {

class MemberCore;

class Member {
 public:
  // REQUIRES: config.Check().ok(); memory outlives this and is this member's alone.
  Member(const MemberConfig& config, ContentMemory& memory);
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;
  ~Member();

  // Takes one event at `now` (which never goes back) and appends what is to be done, in order. The first event is
  // Start.
  void Step(TimeNs now, Event event, Actions& actions);

  // When the next Tick is due.
  TimeNs wake_time() const;

  MemberStatus status(TimeNs now) const;
  // Volumes and snapshots that are there, by id; exports of the front end.
  std::vector<ObjectStatus> objects() const;

  // For tests and the simulation: what stands behind it.
  const MemberCore& core() const { return *core_; }

 private:
  std::unique_ptr<MemberCore> core_;
};

}  // namespace tarn::dataset
