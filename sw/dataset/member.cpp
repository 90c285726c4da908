#include "sw/dataset/member.h"

#include "sw/dataset/member_core.h"

namespace tarn::dataset {

Member::Member(const MemberConfig& config, ContentMemory& memory)
    : core_(std::make_unique<MemberCore>(config, memory)) {}
Member::~Member() = default;

void Member::Step(TimeNs now, Event event, Actions& actions) { core_->Step(now, std::move(event), actions); }
TimeNs Member::wake_time() const { return core_->wake_time(); }
MemberStatus Member::status(TimeNs now) const { return core_->status(now); }
std::vector<ObjectStatus> Member::objects() const { return core_->objects(); }

}  // namespace tarn::dataset
