// Random worlds, requests, invalidations and memory errors on the RTL, each request judged by the golden model.
//
// The model has its own image of memory; both are written alike by software. A round: change tables, invalidate what
// may be kept of them, fence, send requests, compare. In some rounds an entry changes while its requests are under way:
// until the fence is done every mixture of old and new is right (section 3.8: "the choice is unpredictable"), after it
// only the new words, and the fence may not pass an unanswered older request.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "models/common/random.h"
#include "models/iommu/iommu.h"
#include "tb/iommu/iommu_bench.h"
#include "tb/iommu/world.h"
#include "tests/iommu/coverage.h"
#include "tests/iommu/golden_iommu_wave.h"
#include "tests/iommu/model_memory.h"

namespace tarn::tests {

struct CosimulationOptions {
  std::uint64_t seed = 1;
  std::uint64_t translations = 20000;
  tb::Plant plant = tb::Plant::kNone;
  bool changes_under_way = true;  // tables change while requests are translated
  std::string wave_file = tb::GetTestOptions().wave_file;
  std::string golden_wave_file;  // empty: none. REQUIRES then: no changes under way, which leave several outcomes
  // At the end, provokes what is in none of its bins and can be reached in this world; none if null.
  const Coverage* wanted = nullptr;
};

struct CosimulationCounts {
  std::uint64_t compared = 0, passed = 0, refused = 0, records = 0, changed_under_way = 0, parity_errors = 0,
                outside = 0, cycles = 0;          // outside: words that went out of the outbound port
  std::map<std::uint32_t, std::uint64_t> causes;  // of records
};

class Cosimulation {
 public:
  explicit Cosimulation(const CosimulationOptions& options);

  // Runs until all is compared, or the first failure.
  void Run();
  std::string FailureText() { return bench_.FailureText(); }
  const CosimulationCounts& counts() const { return counts_; }
  const Coverage& coverage() const { return coverage_; }
  std::uint64_t capabilities() const { return capabilities_; }

 private:
  // A way to an entry: whose request, and where to.
  struct Aim {
    std::size_t requester;
    const tb::Target* target;
    const tb::Spot* spot;
  };
  struct Expectation {
    std::vector<iommu::Translation> outcomes;  // any of them is right; the first is that of the words as they are now
    bool before_fence = false;
    bool left = false;                         // a host request was seen
    Line data{};                               // what the host answers
    LineStatus status = LineStatus::kOk;       // and how
    HostRequest sent;                          // what it was asked
    bool goes_outside = false;                 // a word that it refuses
    bool is_outside = false;                   // seen there
    std::vector<ModelMemory::Written> writes;  // what the model has written for it
    std::optional<Bin> bin;                    // what the request was made for; its cause is yet to be seen
  };

  struct ExpectedRecord {
    std::vector<tb::FaultFields> any_of;
    bool optional = false;
  };

  // cosimulation.cpp
  void BuildWorld();
  bool FctlBitIsWritable(std::uint32_t mask);
  void ChangeTables();
  void SetUnitIds();
  void TurnOn(bool on);
  void ClearErrors();
  void SetError(const tb::Entry& entry, LineStatus status);
  void ChangeErrors();
  void Push(const std::vector<std::array<std::uint64_t, 2>>& commands);
  void SetTimings();
  void SetParity();
  void Round();
  void RoundWithChange();
  void ChangeUnderWay(const tb::Change& change);
  void RingAndSend();
  void FenceIsDone();
  // cosimulation_requests.cpp
  std::vector<Aim> AllAims() const;
  bool LeadsThrough(const Aim& aim, const tb::Entry& entry, std::size_t index) const;
  void SendRandom(bool burst);
  DeviceRequest RandomRequest(Expectation& expectation);
  DeviceRequest RequestFor(const Aim& aim);
  void MakeMessage(DeviceRequest& request);
  static void AskTranslated(DeviceRequest& request, const Aim& aim);
  void Disturb(DeviceRequest& request, Expectation& expectation);
  Bin BinOf(const Aim& aim) const;
  // cosimulation_coverage.cpp
  void ReachMissingBins();
  bool Provoke(const Bin& bin, const Aim& aim);
  std::optional<std::size_t> WalkedLeaf(const Aim& aim) const;
  std::optional<std::size_t> MsiEntry(const Aim& aim) const;
  std::optional<std::size_t> ProcessEntry(const Aim& aim) const;
  bool SpoilFile(const Aim& aim, LineStatus status);
  void SpoilBit(std::optional<std::size_t> entry, std::uint64_t clear, std::uint64_t set);
  void SendForBin(const Bin& bin, const Aim& aim);
  // cosimulation_judgement.cpp
  iommu::Translation Outcome(const DeviceRequest& request);
  std::vector<iommu::Translation> Outcomes(const DeviceRequest& request);
  void JudgeAgain(const std::vector<std::uint8_t>& tags);
  void UnsettleFiles(const std::vector<iommu::Translation>& outcomes);
  HostRequest ExpectedHostRequest(const DeviceRequest& from, const iommu::Translation& outcome) const;
  void ShowExpectation(const DeviceRequest& request, std::uint64_t cycle);
  void OnHostRequest(const HostRequest& request, const DeviceRequest& from);
  void OnWalkRequest(const HostRequest& request);
  void OnOutboundRequest(const HostRequest& request);
  void CheckWritesBefore(std::uint8_t tag);
  void TakeEqualWordOutside(std::uint8_t tag);
  void OnAnswer(const LineResponse& answer, const DeviceRequest& from);
  void CountBin(const Expectation& expectation);
  void CompareRecords();
  bool MayDifferInWrite(const DeviceRequest& request, const LineResponse& answer, const Expectation& expectation);
  void CompareTables();
  void CompareInterruptFiles();
  bool SharesOrder(std::uint8_t older, const DeviceRequest& request) const;
  void Fail(const std::string& what, const DeviceRequest& request, const Expectation& expectation);

  CosimulationOptions options_;
  std::optional<GoldenIommuWave> golden_wave_;
  Random random_;
  tb::IommuBench bench_;
  ModelMemory memory_;
  std::uint64_t capabilities_;  // what the unit says of itself: the model can do the same
  iommu::Iommu model_;
  std::pair<std::uint16_t, std::uint16_t> unit_ids_;  // iommu_qosid: RCID, MCID
  std::unique_ptr<tb::World> world_;
  std::vector<Aim> aims_;
  CosimulationCounts counts_;
  Coverage coverage_;
  std::vector<std::size_t> bad_;  // entries that are not what they were built to be
  std::vector<std::uint64_t> error_lines_;
  std::array<Expectation, 256> expected_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::deque<std::uint8_t>> order_;  // by device and line
  std::vector<ExpectedRecord> records_;
  std::set<std::uint64_t> unsure_files_;  // interrupt files that a request with several outcomes may have changed
  std::vector<Aim> focus_;                // most requests go there
};

}  // namespace tarn::tests
