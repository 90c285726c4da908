#include "sw/net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace tarn::net {

namespace {

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using SslContext = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using Ssl = std::unique_ptr<SSL, Free<SSL_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;

std::string LastError() {
  const unsigned long code = ::ERR_get_error();
  ::ERR_clear_error();
  if (code == 0) return "connection broken";
  if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
  const char* const reason = ::ERR_reason_error_string(code);
  return reason == nullptr ? "TLS error " + std::to_string(code) : reason;
}

// The first DNS name of the certificate's subject alternative names.
std::string NameOf(X509* certificate) {
  std::string name;
  auto* const names =
      static_cast<GENERAL_NAMES*>(::X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names) && name.empty(); ++i) {
    const GENERAL_NAME* const entry = sk_GENERAL_NAME_value(names, i);
    if (entry->type != GEN_DNS) continue;
    const auto* const bytes = ::ASN1_STRING_get0_data(entry->d.dNSName);
    name.assign(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(::ASN1_STRING_length(entry->d.dNSName)));
  }
  ::GENERAL_NAMES_free(names);
  return name;
}

class TlsStream : public Stream {
 public:
  TlsStream(FileDescriptor socket, Ssl ssl) : Stream(std::move(socket)), ssl_(std::move(ssl)) {
    ::SSL_set_fd(ssl_.get(), descriptor());
  }

  Transfer Handshake() override {
    ::ERR_clear_error();
    const int result = ::SSL_do_handshake(ssl_.get());
    return result == 1 ? Transfer() : Outcome(result);
  }
  Transfer Read(std::span<std::uint8_t> into) override {
    ::ERR_clear_error();
    std::size_t bytes = 0;
    const int result = ::SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes);
    waits_to_write_ = false;
    return result == 1 ? Transfer{.bytes = bytes} : Outcome(result);
  }
  Transfer Write(std::span<const iovec> from) override;
  bool HasBuffered() const override { return ::SSL_has_pending(ssl_.get()) == 1; }
  bool WaitsToWrite() const override { return waits_to_write_; }
  void Shutdown() override {
    ::SSL_shutdown(ssl_.get());
    ::ERR_clear_error();
    Stream::Shutdown();
  }
  std::string PeerName() const override {
    const Certificate certificate(::SSL_get1_peer_certificate(ssl_.get()));
    if (certificate == nullptr || ::SSL_get_verify_result(ssl_.get()) != X509_V_OK) return {};
    return NameOf(certificate.get());
  }

 private:
  static constexpr std::size_t kRecordBytes = 16384;

  Transfer Outcome(int result) {
    const int error = ::SSL_get_error(ssl_.get(), result);
    waits_to_write_ = error == SSL_ERROR_WANT_WRITE;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return {.kind = Transfer::Kind::kBlocked};
    if (error == SSL_ERROR_ZERO_RETURN) return {.kind = Transfer::Kind::kClosed};
    std::string why = LastError();
    const long verified = ::SSL_get_verify_result(ssl_.get());
    if (verified != X509_V_OK) why += std::string(" (") + ::X509_verify_cert_error_string(verified) + ")";
    return {.kind = Transfer::Kind::kFailed, .error = why};
  }

  Ssl ssl_;
  bool waits_to_write_ = false;
  std::vector<std::uint8_t> record_;  // gathers small pieces: each SSL_write makes a record of its own
  std::size_t record_taken_ = 0;      // of the caller's bytes, how many stand in record_ since a write blocked
};

Transfer TlsStream::Write(std::span<const iovec> from) {
  ::ERR_clear_error();
  // A write that blocked must be repeated with the same bytes; the caller offers them again, since we took none.
  std::size_t wanted = 0;
  for (const iovec& piece : from) wanted += piece.iov_len;
  wanted = record_taken_ == 0 ? std::min(wanted, kRecordBytes) : record_taken_;
  record_.clear();
  for (const iovec& piece : from) {
    const auto* const bytes = static_cast<const std::uint8_t*>(piece.iov_base);
    const std::size_t count = std::min(piece.iov_len, wanted - record_.size());
    record_.insert(record_.end(), bytes, bytes + count);
  }
  std::size_t written = 0;
  const int result = ::SSL_write_ex(ssl_.get(), record_.data(), record_.size(), &written);
  record_taken_ = result == 1 ? 0 : record_.size();
  return result == 1 ? Transfer{.bytes = written} : Outcome(result);
}

class OpenSslContext : public TlsContext {
 public:
  OpenSslContext(SslContext context, Side side) : context_(std::move(context)), side_(side) {}

  std::unique_ptr<Stream> Wrap(FileDescriptor socket, const std::string& peer_name) override {
    Ssl ssl(::SSL_new(context_.get()));
    if (!peer_name.empty()) {
      ::SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
      ::SSL_set1_host(ssl.get(), peer_name.c_str());
    }
    if (side_ == Side::kServer) {
      ::SSL_set_accept_state(ssl.get());
    } else {
      ::SSL_set_connect_state(ssl.get());
    }
    return std::make_unique<TlsStream>(std::move(socket), std::move(ssl));
  }

 private:
  SslContext context_;
  Side side_;
};

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::Open(const std::string& option, const std::string& folder, Side side,
                                                     bool verify_peer) {
  SslContext context(::SSL_CTX_new(side == Side::kServer ? ::TLS_server_method() : ::TLS_client_method()));
  ::SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  ::SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  ::SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  ::SSL_CTX_set_verify(context.get(), verify_peer ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_NONE,
                       nullptr);
  const std::string stem = folder + (side == Side::kServer ? "/server" : "/client");
  const auto complain = [&](const std::string& file) {
    return Status::Error(option + ": " + file + ": " + LastError());
  };
  ::ERR_clear_error();
  const std::string authority = folder + "/ca-cert.pem";
  if (verify_peer && ::SSL_CTX_load_verify_locations(context.get(), authority.c_str(), nullptr) != 1) {
    return complain(authority);
  }
  if (::SSL_CTX_use_certificate_chain_file(context.get(), (stem + "-cert.pem").c_str()) != 1) {
    return complain(stem + "-cert.pem");
  }
  if (::SSL_CTX_use_PrivateKey_file(context.get(), (stem + "-key.pem").c_str(), SSL_FILETYPE_PEM) != 1) {
    return complain(stem + "-key.pem");  // also of a key that is not the certificate's
  }
  return std::shared_ptr<TlsContext>(std::make_shared<OpenSslContext>(std::move(context), side));
}

}  // namespace tarn::net
