// Clients that nobody here wrote, against the server on real sockets. Without a client's program its test is skipped.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "sw/nbd/protocol.h"
#include "sw/net/address.h"
#include "tests/nbd/daemon.h"
#include "tests/nbd/session_peer.h"
#include "tests/trace/trace_files.h"

namespace tarn::nbd {
namespace {

using trace::ScratchFolder;

class NbdClients : public testing::Test {
 protected:
  // A shell command in the scratch folder; $S is the server's socket.
  struct Outcome {
    int exit_status = -1;
    std::string output;
  };
  Outcome Run(const std::string& line) {
    const std::string whole = "cd " + (folder_ / ".") + " && export S=" + (folder_ / "s") +
                              " && { timeout 60 bash -c '" + line + "'; } > .output 2>&1 < /dev/null";
    const int status = std::system(whole.c_str());  // NOLINT(cert-env33-c): the shell is wanted
    const trace::Bytes text = trace::ReadBytes(folder_ / ".output");
    return {.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000,
            .output = std::string(text.begin(), text.end())};
  }
  void ExpectSuccess(const std::string& line) {
    const Outcome outcome = Run(line);
    EXPECT_EQ(outcome.exit_status, 0) << line << "\n" << outcome.output;
  }
  void ExpectFailure(const std::string& line, const std::string& output) {
    const Outcome outcome = Run(line);
    EXPECT_NE(outcome.exit_status, 0) << line;
    EXPECT_NE(outcome.output.find(output), std::string::npos) << line << "\n" << outcome.output;
  }

  bool Serve(std::vector<std::string> settings = {}, const std::string& address = "") {
    settings.insert(settings.begin(), {NBD_MEMORY_SERVER, address.empty() ? "unix:" + (folder_ / "s") : address});
    return server_.Start(settings, folder_ / "log");
  }
  bool ServeWithTls(const std::string& mode, const std::string& verify) {
    ExpectSuccess(std::string(TARN_CERTIFICATES) + " . server client stranger");
    return Serve({"tls=" + mode, "certificates=" + (folder_ / "server"), "verify=" + verify}, "127.0.0.1:0");
  }
  std::string TlsUri(const std::string& certificates) {
    return "\"nbds://localhost:" + server_.ready() + "/disk?tls-certificates=" + certificates + "\"";
  }

  ScratchFolder folder_;
  Daemon server_;
};

#define SKIP_WITHOUT(program) \
  if (!HasProgram(program)) GTEST_SKIP() << "no " program " here"

// fio has its NBD engine only where it was built with libnbd.
bool FioHasNbd() { return std::system("fio --enghelp=nbd > /dev/null 2>&1") == 0; }  // NOLINT(cert-env33-c)

// Distributions divide nbdkit's plugins and filters into packages in different ways.
bool NbdkitHas(const std::string& words) {
  return std::system(("nbdkit " + words + " --help > /dev/null 2>&1").c_str()) == 0;  // NOLINT(cert-env33-c)
}

TEST_F(NbdClients, QemuIoReadsWhatItWrote) {
  SKIP_WITHOUT("qemu-io");
  ASSERT_TRUE(Serve());
  ExpectSuccess(
      "qemu-io -f raw -c \"write -P 7 1M 3M\" -c \"read -P 7 1M 3M\" -c \"read -P 0 0 1M\" -c \"write -f -P 9 513 7\" "
      "-c \"read -P 9 513 7\" -c \"write -z 2M 1M\" -c \"read -P 0 2M 1M\" -c \"write -zu 3M 512k\" -c \"read -P 0 3M "
      "512k\" "
      "-c \"discard 1M 64k\" -c flush -c \"aio_write -P 1 8M 1M\" -c \"aio_write -P 2 9M 1M\" -c aio_flush "
      "-c \"read -P 2 9M 1M\" \"nbd+unix:///disk?socket=$S\"");
  ExpectFailure("qemu-io -f raw -r -c \"read -P 0x5b 0 64k\" \"nbd+unix:///read-only?socket=$S\"",
                "verification failed");
  ExpectSuccess(
      "qemu-io -f raw -r -c \"read -P 0x5a 0 64k\" -c \"read -P 0 64k 64k\" \"nbd+unix:///read-only?socket=$S\"");
  ExpectFailure("qemu-io -f raw -c \"write 0 4k\" \"nbd+unix:///read-only?socket=$S\"", "");
  ExpectFailure("qemu-io -f raw -c \"read 1M 4k\" \"nbd+unix:///bad?socket=$S\"", "Input/output error");
  ExpectSuccess("qemu-io -f raw -c \"write -P 3 512 1k\" -c \"read -P 3 512 1k\" \"nbd+unix:///blocks?socket=$S\"");
  ExpectFailure("qemu-io -f raw -c \"read 0 512\" \"nbd+unix:///none?socket=$S\"", "not available");
  EXPECT_EQ(server_.End(), 0);
}

TEST_F(NbdClients, QemuImgCopiesComparesAndMaps) {
  SKIP_WITHOUT("qemu-img");
  ASSERT_TRUE(Serve());
  ExpectSuccess("truncate -s 64M image && dd if=/dev/urandom of=image bs=1M count=5 seek=7 conv=notrunc");
  ExpectSuccess("qemu-img convert -n -f raw -O raw image \"nbd+unix:///disk?socket=$S\"");
  ExpectSuccess("qemu-img compare -f raw -F raw image \"nbd+unix:///disk?socket=$S\"");
  ExpectSuccess(
      "qemu-img convert -f raw -O qcow2 \"nbd+unix:///disk?socket=$S\" back.qcow2 && qemu-img compare image "
      "back.qcow2");
  const Outcome map = Run("qemu-img map --output=json -f raw \"nbd+unix:///disk?socket=$S\"");
  EXPECT_NE(map.output.find("\"start\": 7340032, \"length\": 5242880"), std::string::npos) << map.output;
}

TEST_F(NbdClients, LibnbdCopiesWithManyConnections) {
  SKIP_WITHOUT("nbdcopy");
  ASSERT_TRUE(Serve());
  ExpectSuccess("dd if=/dev/urandom of=image bs=1M count=64");
  ExpectSuccess("nbdcopy --connections=4 --requests=64 --flush image \"nbd+unix:///disk?socket=$S\"");
  ExpectSuccess("nbdcopy --connections=4 \"nbd+unix:///disk?socket=$S\" back && cmp image back");
  ExpectSuccess("nbdinfo --list \"nbd+unix:///?socket=$S\" | grep -c export= | grep -qx 5");
  ExpectSuccess("nbdinfo --can multi-conn \"nbd+unix:///disk?socket=$S\"");
  ExpectSuccess("nbdinfo --is read-only \"nbd+unix:///read-only?socket=$S\"");
  ExpectSuccess("nbdinfo --map \"nbd+unix:///read-only?socket=$S\" | tr -s \" \" | grep -q \"0 65536 0 data\"");
}

TEST_F(NbdClients, LibnbdInPythonUsesEveryCommand) {
  if (std::system("/usr/bin/python3 -c 'import nbd' 2> /dev/null") != 0) GTEST_SKIP() << "no nbd module of Python here";
  ASSERT_TRUE(Serve());
  trace::WriteBytes(folder_ / "commands.py", [] {
    const std::string text = R"(
import errno, nbd, os
h = nbd.NBD()
h.set_strict_mode(0)  # so that the server sees what is wrong, not the library
h.add_meta_context("base:allocation")
h.set_export_name("disk")
h.connect_unix(os.environ["S"])
assert h.get_structured_replies_negotiated() and h.can_df() and h.can_fast_zero() and h.can_cache()
h.pwrite(b"\1" * 100000, 65530, nbd.CMD_FLAG_FUA)
h.zero(1000, 70000, nbd.CMD_FLAG_NO_HOLE)
assert h.pread(10000, 65530, nbd.CMD_FLAG_DF) == b"\1" * 4470 + b"\0" * 1000 + b"\1" * 4530
chunks = []
h.pread_structured(200000, 0, lambda data, offset, kind, error: chunks.append((offset, len(data), kind)) or 0)
assert any(kind == nbd.READ_HOLE for _, _, kind in chunks), chunks
extents = []
def note(context, offset, entries, error):
    extents.append((context, offset, list(entries)))
    return 0
h.block_status(1 << 20, 0, note)
assert extents[0][2] == [196608, 0, 851968, 3], extents
extents.clear()
h.block_status(1 << 20, 0, note, nbd.CMD_FLAG_REQ_ONE)
assert len(extents[0][2]) == 2, extents
h.trim(65536, 65536)
h.cache(1000, 0)
h.flush()
def fails(number, what):
    try:
        what()
    except nbd.Error as error:
        assert error.errno == errno.errorcode[number], (error.errno, number)
    else:
        raise AssertionError("no error")
size = h.get_size()
fails(errno.EINVAL, lambda: h.pread(512, size))
fails(errno.ENOSPC, lambda: h.pwrite(b"x" * 512, size - 511))
fails(errno.ENOSPC, lambda: h.zero(512, size))
fails(errno.EINVAL, lambda: h.trim(512, size))
fails(errno.EINVAL, lambda: h.pread(0, 0))
fails(errno.ENOTSUP, lambda: h.zero(512, 0, nbd.CMD_FLAG_NO_HOLE | nbd.CMD_FLAG_FAST_ZERO))
fails(errno.EINVAL, lambda: h.flush(1 << 9))
assert h.pread(4, 65532) in (b"\1" * 4, b"\0" * 4)
h.shutdown()
)";
    return trace::Bytes(text.begin(), text.end());
  }());
  ExpectSuccess("/usr/bin/python3 commands.py");
}

TEST_F(NbdClients, FioVerifiesWhatItWrites) {
  SKIP_WITHOUT("fio");
  if (!FioHasNbd()) GTEST_SKIP() << "this fio has no NBD engine";
  ASSERT_TRUE(Serve());
  ExpectSuccess(
      "fio --name=verify --ioengine=nbd --uri=\"nbd+unix:///disk?socket=$S\" --rw=randwrite --bsrange=512-64k "
      "--iodepth=32 "
      "--size=32m --verify=crc32c --verify_fatal=1 --fsync=64 --trim_percentage=0");
}

TEST_F(NbdClients, NbdkitBetweenInjectsErrorsAndDelays) {
  SKIP_WITHOUT("nbdkit");
  SKIP_WITHOUT("qemu-io");
  if (!NbdkitHas("--filter=error --filter=delay nbd")) GTEST_SKIP() << "nbdkit has no nbd plugin or filters here";
  ASSERT_TRUE(Serve());
  const std::string proxy = "nbdkit -U - nbd \"uri=nbd+unix:///disk?socket=$S\" shared=1 ";
  ExpectSuccess(proxy +
                "--filter=delay delay-read=5ms delay-write=5ms --run \"qemu-io -f raw -c \\\"write -P 5 0 64k\\\" "
                "-c \\\"read -P 5 0 64k\\\" \\$uri\"");
  ExpectFailure(proxy + "--filter=error error-rate=1 --run \"qemu-io -f raw -c \\\"read -P 5 0 64k\\\" \\$uri\"",
                "error");
  ExpectSuccess(proxy + "--run \"qemu-io -f raw -c \\\"read -P 5 0 64k\\\" \\$uri\"");
}

TEST_F(NbdClients, TlsIsRequiredAndVerified) {
  SKIP_WITHOUT("nbdinfo");
  ASSERT_TRUE(ServeWithTls("required", "1"));
  ExpectSuccess("nbdinfo --size " + TlsUri("client"));
  ExpectFailure("nbdinfo --size \"nbd://localhost:" + server_.ready() + "/disk\"", "");
  // A certificate that another authority signed.
  ExpectSuccess(std::string(TARN_CERTIFICATES) + " elsewhere client && cp ca-cert.pem elsewhere/client/");
  ExpectFailure("nbdinfo --size " + TlsUri("elsewhere/client"), "");
  if (HasProgram("nbdcopy")) {
    ExpectSuccess("dd if=/dev/urandom of=image bs=1M count=64 && nbdcopy image " + TlsUri("client") + " && nbdcopy " +
                  TlsUri("client") + " back && cmp image back");
  }
  EXPECT_EQ(server_.End(), 0);
}

TEST_F(NbdClients, TlsIsOfferedToWhomWantsIt) {
  SKIP_WITHOUT("nbdinfo");
  ASSERT_TRUE(ServeWithTls("offered", "0"));
  ExpectSuccess("nbdinfo --size " + TlsUri("client"));
  ExpectSuccess("nbdinfo --size \"nbd://localhost:" + server_.ready() + "/disk\"");
}

// Raw bytes on a socket.
class RawClient {
 public:
  explicit RawClient(const std::string& path) {
    const auto address = net::ParseAddress("raw", "unix:" + path);
    auto socket = net::Connect(*address);
    if (socket.ok()) socket_ = std::move(*socket);
  }
  void Send(const Bytes& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size() && Wait(POLLOUT)) {
      const ssize_t count = ::send(socket_.number(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<std::size_t>(count);
    }
  }
  // As many bytes; fewer if the server closes.
  Bytes Receive(std::size_t count) {
    Bytes bytes(count);
    std::size_t received = 0;
    while (received < count && Wait(POLLIN)) {
      const ssize_t some = ::recv(socket_.number(), bytes.data() + received, count - received, 0);
      if (some <= 0) break;
      received += static_cast<std::size_t>(some);
    }
    bytes.resize(received);
    return bytes;
  }
  bool IsClosed() { return Receive(1).empty(); }

 private:
  bool Wait(short events) {
    pollfd one = {.fd = socket_.number(), .events = events, .revents = 0};
    return ::poll(&one, 1, 20'000) == 1;
  }
  net::FileDescriptor socket_;
};

TEST_F(NbdClients, RawBytesAgainstTheStandardHarmNobodyElse) {
  ASSERT_TRUE(Serve());
  const std::string path = folder_ / "s";
  RawClient sound(path);
  sound.Receive(18);
  sound.Send({0, 0, 0, 3});
  sound.Send(SessionPeer::OptionBytes(7, SessionPeer::GoData("disk")));
  EXPECT_EQ(sound.Receive(20 + 12 + 20).size(), 52U);

  RawClient flags(path);
  flags.Receive(18);
  flags.Send({0xff, 0xff, 0xff, 0xff});
  EXPECT_TRUE(flags.IsClosed());
  RawClient magic(path);
  magic.Receive(18);
  magic.Send({0, 0, 0, 3});
  magic.Send(Bytes(16, 0x55));
  EXPECT_TRUE(magic.IsClosed());
  RawClient half(path);  // goes away in the middle of an option
  half.Send({0, 0, 0, 3, 0x49, 0x48});
  RawClient request(path);
  request.Receive(18);
  request.Send({0, 0, 0, 3});
  request.Send(SessionPeer::OptionBytes(7, SessionPeer::GoData("disk")));
  request.Receive(52);
  request.Send(Bytes(28, 0xee));
  EXPECT_TRUE(request.IsClosed());

  sound.Send(SessionPeer::RequestBytes({.type = 1, .length = 4, .data = {1, 2, 3, 4}}));
  EXPECT_EQ(sound.Receive(16).size(), 16U);
  sound.Send(SessionPeer::RequestBytes({.type = 2}));
  EXPECT_TRUE(sound.IsClosed());
  EXPECT_EQ(server_.End(), 0);
}

TEST_F(NbdClients, AServerThatEndsAnswersWhatIsUnderWayAndRemovesItsSocket) {
  ASSERT_TRUE(Serve());
  RawClient client(folder_ / "s");
  EXPECT_EQ(client.Receive(18).size(), 18U);
  EXPECT_EQ(server_.End(), 0);
  EXPECT_TRUE(client.IsClosed());
  EXPECT_NE(::access((folder_ / "s").c_str(), F_OK), 0);
  // Killed, it leaves its socket behind, and the next one takes its place.
  ASSERT_TRUE(Serve());
  server_.Kill();
  EXPECT_EQ(::access((folder_ / "s").c_str(), F_OK), 0);
  EXPECT_TRUE(Serve());
}

}  // namespace
}  // namespace tarn::nbd
