// The server's side of option haggling (fixed newstyle): bytes in, bytes out, and at the end an export. Knows no
// socket. Trusts no length: an option's data is kept up to kOptionBytesMax, and what is longer is skipped and refused.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "sw/nbd/export.h"
#include "sw/nbd/input_buffer.h"
#include "sw/nbd/output_queue.h"

namespace tarn::nbd {

// The protocol's NOTLS, SELECTIVETLS (with no export that demands it) and FORCEDTLS.
enum class TlsMode : std::uint8_t { kOff, kOffered, kRequired };

class Handshake {
 public:
  static constexpr std::size_t kOptionBytesMax = 32768;
  static constexpr std::uint32_t kOptionsMax = 4096;  // of one session: a client that haggles on is thrown out

  enum class Phase : std::uint8_t {
    kTalking,
    kStartTls,      // once the output is sent, TLS begins; then TlsStarted()
    kTransmission,  // chosen() is what the client wants
    kFinished,      // to be closed in order, once the output is sent
    kBroken,        // to be closed at once; why() says the reason
  };

  struct Chosen {
    std::shared_ptr<Export> target;
    bool structured_replies = false;
    bool block_status = false;  // base:allocation was selected
  };

  // Sends the greeting.
  Handshake(ExportDirectory& directory, TlsMode tls, OutputQueue& output);

  // Takes what it can of the input.
  void Take(InputBuffer& input);
  // TLS runs: all that was negotiated before is void. REQUIRES: phase() is kStartTls.
  void TlsStarted();
  // From now on, whatever is asked for is refused.
  void ShutDown() { shutting_down_ = true; }

  Phase phase() const { return phase_; }
  const std::string& why() const { return why_; }
  // REQUIRES: phase() is kTransmission.
  const Chosen& chosen() const { return chosen_; }

  static constexpr std::uint32_t kAllocationContext = 1;  // the id of base:allocation

 private:
  enum class Step : std::uint8_t { kClientFlags, kOptionHeader, kOptionData };
  struct MetaContexts {
    std::string export_name;
    bool allocation = false;
  };

  bool TakeStep(InputBuffer& input);
  void TakeClientFlags(std::uint32_t flags);
  void TakeOptionHeader(const std::uint8_t* header);
  bool TakeOptionData(InputBuffer& input);
  void HandleOption(std::span<const std::uint8_t> data);
  // Answers true if the option must not be looked at any further.
  bool RefusedBefore();
  void HandleExportName(std::span<const std::uint8_t> data);
  void HandleList(std::span<const std::uint8_t> data);
  void HandleStartTls(std::span<const std::uint8_t> data);
  void HandleInfoOrGo(std::span<const std::uint8_t> data);
  void HandleStructuredReply(std::span<const std::uint8_t> data);
  void HandleMetaContext(std::span<const std::uint8_t> data);
  void SendInfo(const std::string& name, const ExportInfo& info, std::uint32_t wanted);
  std::uint16_t TransmissionFlags(const ExportInfo& info) const;
  void Enter(const std::string& name, std::shared_ptr<Export> target);
  void Reply(OptionReply type, std::span<const std::uint8_t> data = {});
  void Refuse(OptionReply type, const std::string& message);
  void Break(std::string why);
  bool is(Option option) const { return option_ == static_cast<std::uint32_t>(option); }

  ExportDirectory& directory_;
  TlsMode tls_;
  OutputQueue& output_;
  Phase phase_ = Phase::kTalking;
  Step step_ = Step::kClientFlags;
  std::string why_;
  std::uint32_t client_flags_ = 0;
  std::uint32_t option_ = 0;
  std::uint32_t option_bytes_ = 0;
  std::uint32_t skipped_bytes_ = 0;  // of an option that is too long
  std::uint32_t options_ = 0;
  bool tls_running_ = false;
  bool shutting_down_ = false;
  bool structured_replies_ = false;
  std::optional<MetaContexts> contexts_;
  Chosen chosen_;
};

}  // namespace tarn::nbd
