// TLS 1.2 and later over a stream, by OpenSSL, with X.509 certificates that stand in a folder under the names that qemu
// and nbdkit use: ca-cert.pem, and server-cert.pem, server-key.pem or client-cert.pem, client-key.pem.
#pragma once

#include <memory>
#include <string>

#include "models/common/result.h"
#include "sw/net/stream.h"

namespace tarn::net {

class TlsContext {
 public:
  enum class Side { kServer, kClient };
  // verify_peer: the other end must have a certificate that ca-cert.pem signed. A client should always verify.
  // option: named in complaints. The key must match its certificate.
  static Result<std::shared_ptr<TlsContext>> Open(const std::string& option, const std::string& folder, Side side,
                                                  bool verify_peer);
  virtual ~TlsContext() = default;

  // Handshake() is then to be called. peer_name: what the other end's certificate must name (subject alternative name);
  // empty: anything.
  virtual std::unique_ptr<Stream> Wrap(FileDescriptor socket, const std::string& peer_name) = 0;
};

}  // namespace tarn::net
