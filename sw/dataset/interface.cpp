#include "sw/dataset/interface.h"

#include "sw/dataset/status.h"

namespace tarn::dataset {

const char* Name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "ok";
    case Outcome::kInvalid:
      return "invalid";
    case Outcome::kNoSuchObject:
      return "no such object";
    case Outcome::kExists:
      return "exists";
    case Outcome::kReadOnly:
      return "read only";
    case Outcome::kNoSpace:
      return "no space";
    case Outcome::kBusy:
      return "busy";
    case Outcome::kUnavailable:
      return "unavailable";
    case Outcome::kUnknown:
      return "unknown";
    case Outcome::kIo:
      return "content lost";
  }
  return "?";
}

SharedBytes Joined(const Send& send) {
  if (send.data.bytes.empty()) return send.bytes;
  Bytes all;
  all.reserve(send.bytes->size() + send.data.bytes.size());
  all.insert(all.end(), send.bytes->begin(), send.bytes->end());
  all.insert(all.end(), send.data.bytes.begin(), send.data.bytes.end());
  return std::make_shared<const Bytes>(std::move(all));
}

Bytes Joined(const WriteStorage& write) {
  Bytes all;
  all.reserve(write.size());
  all.insert(all.end(), write.bytes.begin(), write.bytes.end());
  all.insert(all.end(), write.data.bytes.begin(), write.data.bytes.end());
  all.resize(write.size());
  return all;
}

const char* Name(Phase phase) {
  switch (phase) {
    case Phase::kRecovering:
      return "recovering";
    case Phase::kReturning:
      return "returning";
    case Phase::kStandby:
      return "standby";
    case Phase::kLearning:
      return "learning";
    case Phase::kSettling:
      return "settling";
    case Phase::kServing:
      return "serving";
    case Phase::kLeaving:
      return "leaving";
    case Phase::kRefused:
      return "refused";
    case Phase::kLeft:
      return "left";
    case Phase::kFailed:
      return "failed";
  }
  return "?";
}

}  // namespace tarn::dataset
