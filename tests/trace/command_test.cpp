// `tarn record` and `tarn trace` as a user calls them. Most recordings use a stand-in for valgrind, a script that
// writes references to the log it is told; some use valgrind itself.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <regex>
#include <thread>

#include "tests/trace/tarn_command.h"
#include "tests/trace/trace_files.h"

namespace tarn::trace {
namespace {

using Json = nlohmann::json;

class TracingCommand : public TarnCommand {
 protected:
  // Puts a stand-in for valgrind first on the PATH: a shell script in which $log is the log's descriptor.
  void StandInForValgrind(const std::string& script) {
    std::filesystem::create_directory(folder_ / "bin");
    const std::string text =
        "#!/bin/sh\nfor word in \"$@\"; do case $word in --log-fd=*) log=${word#--log-fd=};; esac; done\n" + script +
        "\n";
    WriteBytes(folder_ / "bin/valgrind", Bytes(text.begin(), text.end()));
    std::filesystem::permissions(folder_ / "bin/valgrind", std::filesystem::perms::owner_all);
    with_stand_in_ = "PATH=" + (folder_ / "bin") + ":$PATH; ";
  }

  std::string with_stand_in_;
};

TEST_F(TracingCommand, RecordsAProgram) {
  const Outcome outcome = Run("tarn record --json --cache-size 16K -o t -- echo hello");
  ASSERT_EQ(outcome.exit_status, 0) << outcome.error;
  EXPECT_EQ(outcome.error, "hello\n") << "the program's output, and nothing of ours";
  const Json summary = Json::parse(outcome.output);
  EXPECT_EQ(summary["program_exit_status"], 0);
  EXPECT_GT(summary["instructions"], 50'000);
  EXPECT_GT(summary["references"], summary["instructions"]);
  const ReadOutcome trace = ReadTrace(folder_ / "t");
  ASSERT_TRUE(trace.status.ok());
  EXPECT_GT(trace.accesses.size(), 1000u);
  EXPECT_EQ(summary["accesses"], trace.accesses.size());
  const Metadata metadata = Reader::Open(folder_ / "t")->metadata();
  EXPECT_EQ(metadata.command, (std::vector<std::string>{"echo", "hello"}));
  EXPECT_EQ(metadata.filter->size_bytes, 16384u);
  EXPECT_EQ(folder_.FileCount(), 1u);
}

TEST_F(TracingCommand, RecordsWhatLackeysOwnOutputConvertsTo) {
  const Outcome outcome =
      Run("valgrind --tool=lackey --trace-mem=yes --log-file=lackey.txt /bin/true && "
          "tarn trace convert lackey.txt a --cache-size 4K --cache-ways 2 --instructions --flush && "
          "tarn record -o b --cache-size 4K --cache-ways 2 --instructions --flush -- /bin/true");
  ASSERT_EQ(outcome.exit_status, 0) << outcome.error;
  const auto converted = ReadTrace(folder_ / "a").accesses;
  const auto recorded = ReadTrace(folder_ / "b").accesses;
  EXPECT_GT(converted.size(), 1000u);
  // Names of files differ in length between the two, and with them a few references: not one in a hundred.
  EXPECT_NEAR(static_cast<double>(converted.size()), static_cast<double>(recorded.size()),
              static_cast<double>(converted.size()) / 100);
}

TEST_F(TracingCommand, ReportsHowTheProgramEnded) {
  Outcome outcome = Run("tarn record --json -o t -- sh -c 'exit 3'");
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(Json::parse(outcome.output)["program_exit_status"], 3);
  EXPECT_TRUE(ReadTrace(folder_ / "t").status.ok());
  outcome = Run("tarn record --json -o t -- sh -c 'kill -USR1 $$'");
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_EQ(Json::parse(outcome.output)["program_signal"], SIGUSR1);
  outcome = Run("tarn record -o t -- sh -c 'exit 3'");
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(outcome.error.find("program: exit status 3"), std::string::npos) << outcome.error;
}

TEST_F(TracingCommand, LeavesTheProgramItsInputAndOutput) {
  const Outcome outcome = Run("echo abc | tarn record --quiet -o t -- sh -c 'read word; echo $word; echo oops >&2'");
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(outcome.output, "abc\n");
  EXPECT_EQ(outcome.error, "oops\n");
}

TEST_F(TracingCommand, RefusesBadRecordings) {
  ExpectBadInput("tarn record", "no program; .*");
  ExpectBadInput("tarn record -o t ls", ".*too many positional options.*");
  ExpectBadInput("tarn record -o t --", "no program; .*");
  ExpectBadInput("tarn record -- true", "--output is missing; .*");
  ExpectBadInput("tarn record -o t -- no-such-program", "there is no program 'no-such-program' on the PATH");
  ExpectBadInput("tarn record -o t -- ./t", "./t: is not a program that can be run");
  ExpectBadInput("tarn record -o t -- /", "/: is not a program that can be run");
  ExpectBadInput("PATH=; tarn record -o t -- /bin/true", "there is no valgrind on the PATH; .*");
  ExpectBadInput("tarn record -o no/t -- true", "no/t: cannot be written: No such file or directory .*");
  ExpectBadInput("tarn record -o /dev/full -- true", "/dev/full: is not a regular file; .*");
  ExpectBadInput("tarn record -o t --cache-size 100 -- true", "a cache of 100 bytes: wants 512 .*");
  ExpectBadInput("tarn record -o t --cache-size 0 -- true", "--cache-size 0: recording wants a cache; .*");
  ExpectBadInput("tarn record -o t --cache-size -1 -- true", "--cache-size: '-1' is not a size such as .*");
  ExpectBadInput("tarn record -o t --cache-ways 0 -- true", "--cache-ways: '0' is not a whole number from 1 to 64");
  ExpectBadInput("tarn record -o t --cache-way 4 -- true", ".*unrecogni[sz]ed option '--cache-way'.*");
  ExpectBadInput("tarn record -o t --max-lines 0 -- true", "--max-lines: '0' is not a whole number from 1 to .*");
  ExpectBadInput("tarn record -o t --skip x -- true", "--skip: 'x' is not a whole number from 0 to .*");
  ExpectBadInput("tarn record -o t --config missing.ini -- true", "missing.ini: cannot be read; .*");
}

TEST_F(TracingCommand, ReadsItsOptionsFromAFile) {
  WriteBytes(folder_ / "r.ini", Bytes());
  ASSERT_EQ(Run("echo 'cache-size = 4K' > r.ini; tarn record --config r.ini -o t -- true").exit_status, 0);
  EXPECT_EQ(Reader::Open(folder_ / "t")->metadata().filter->size_bytes, 4096u);
  ExpectBadInput("echo 'cache-sise = 4K' > r.ini; tarn record --config r.ini -o t -- true",
                 "r.ini:1: unknown option 'cache-sise'; .*");
}

TEST_F(TracingCommand, SaysWhatValgrindSaidOfAProgramItCannotRun) {
  Run("printf 'not a program' > p; chmod +x p");
  StandInForValgrind("echo '==7== could not execute it' >&$log; exit 126");
  ExpectBadInput(with_stand_in_ + "tarn record -o t -- ./p", "valgrind could not run './p': could not execute it");
}

TEST_F(TracingCommand, RefusesALogThatIsNotLackeys) {
  StandInForValgrind("echo ' L 1000,8' >&$log; echo 'L surprise' >&$log; sleep 60");
  ExpectBadInput(with_stand_in_ + "tarn record -o t -- true",
                 "valgrind wrote 'L surprise', which is not a reference; .*");
}

TEST_F(TracingCommand, SkipsAndStopsWhereToldAndStopsTheProgram) {
  StandInForValgrind(
      "echo $$ > pid; i=0; while :; do printf 'I  00001000,4\\n L %x000,8\\n' $i >&$log; i=$((i+1)); done");
  const Outcome outcome = Run(with_stand_in_ + "tarn record --json -o t --skip 10 --max-lines 100 -- true");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.error;
  const auto accesses = ReadTrace(folder_ / "t").accesses;
  ASSERT_EQ(accesses.size(), 100u);
  EXPECT_EQ(accesses[0].line, 10u * 64);
  EXPECT_EQ(accesses[99].line, 109u * 64);
  const Json summary = Json::parse(outcome.output);
  EXPECT_EQ(summary["ending"], "limit");
  EXPECT_EQ(summary["program_exit_status"], nullptr);
  EXPECT_EQ(::kill(std::stoi(Text(folder_ / "pid")), 0), -1) << "the program still runs";
}

TEST_F(TracingCommand, MakesAProgramEndThatWillNot) {
  StandInForValgrind("trap '' TERM; echo $$ > pid; while :; do echo ' L 1000,8' >&$log; echo ' L 9000,8' >&$log; done");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Run(with_stand_in_ + "tarn record --quiet -o t --max-lines 1 -- true").exit_status, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_EQ(::kill(std::stoi(Text(folder_ / "pid")), 0), -1) << "the program still runs";
}

TEST_F(TracingCommand, DoesNotWaitForAChildThatKeepsTheLogOpen) {
  StandInForValgrind("echo ' L 1000,8' >&$log; sleep 60 & echo $! > pid; exit 0");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Run(with_stand_in_ + "tarn record --quiet -o t -- true").exit_status, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_EQ(ReadTrace(folder_ / "t").accesses.size(), 1u);
  ::kill(std::stoi(Text(folder_ / "pid")), SIGKILL);
}

TEST_F(TracingCommand, KeepsWhatWasRecordedWhenInterrupted) {
  StandInForValgrind(
      "i=0; while [ $i -lt 500 ]; do printf ' L %x000,8\\n' $i >&$log; i=$((i+1)); done; : > ready; sleep 60");
  // A second of patience after the script has written its last reference: the tool takes it at once.
  const Outcome outcome = Run(with_stand_in_ + TARN_PROGRAM
                              " record --json -o t -- true & pid=$!; "
                              "while [ ! -e ready ]; do sleep 0.1; done; sleep 1; kill -INT $pid; wait $pid");
  EXPECT_EQ(outcome.exit_status, 130);
  const ReadOutcome trace = ReadTrace(folder_ / "t");
  EXPECT_TRUE(trace.status.ok()) << trace.status.message();
  EXPECT_EQ(trace.accesses.size(), 500u);
  EXPECT_EQ(Json::parse(outcome.output)["ending"], "interrupted");
}

// Whoever read what a command prints may go: the recording goes on, and no temporary file is left.
TEST_F(TracingCommand, RecordsOnWhenNobodyReadsItsOutput) {
  StandInForValgrind(
      "echo ' L 1000,8' >&$log; : > ready; while [ ! -e go ]; do sleep 0.1; done; echo ' L 9000,8' >&$log");
  const Outcome outcome = Run(with_stand_in_ + TARN_PROGRAM
                              " record --quiet -o t -- true & pid=$!; while [ ! -e ready ]; do sleep 0.1; done; "
                              "kill -PIPE $pid; : > go; wait $pid");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.error;
  EXPECT_EQ(ReadTrace(folder_ / "t").accesses.size(), 2u);
  EXPECT_EQ(Run("ls | grep partial").output, "");
}

TEST_F(TracingCommand, LeavesARecordedProgramItsBrokenPipe) {
  StandInForValgrind("echo ' L 1000,8' >&$log; kill -PIPE $$; echo ' L 9000,8' >&$log");
  EXPECT_EQ(Run(with_stand_in_ + "tarn record --quiet -o t -- true").exit_status, 1);
  EXPECT_EQ(ReadTrace(folder_ / "t").accesses.size(), 1u);
}

TEST_F(TracingCommand, EndsWithoutAWordWhenNobodyReadsItsOutput) {
  const Outcome outcome = Run("{ sleep 0.3; tarn --help; echo $? > status; } | true");
  EXPECT_EQ(Text(folder_ / "status"), "141\n") << "as any program in a pipe";
  EXPECT_EQ(outcome.error, "");
}

TEST_F(TracingCommand, LeavesNothingWhenTheFileGrowsTooLarge) {
  StandInForValgrind(
      "i=0; while :; do printf ' L %x000,8\\n L %x000,8\\n' $(((i * 7919) & 65535)) $i >&$log; i=$((i+1)); done");
  // The limit holds for the profiles that a coverage build writes at its end too: they go nowhere, in silence.
  ExpectBadInput(with_stand_in_ +
                     "(export GCOV_PREFIX=/dev/null GCOV_ERROR_FILE=/dev/null; ulimit -f 1; "
                     "tarn record -o t -- true)",
                 "t: cannot be written: File too large \\(at byte [0-9]+; nothing is left under this name\\)");
}

TEST_F(TracingCommand, LeavesNothingWhenTheDiskIsFull) {
  std::filesystem::create_directory(folder_ / "disk");
  if (Run("unshare -m mount -t tmpfs -o size=16k tmpfs disk").exit_status != 0) {
    // Elsewhere the test above it, with a file size limit, covers the same path.
    GTEST_SKIP() << "only root can make a small disk";
  }
  ASSERT_TRUE(WriteTrace(folder_ / "a", RandomAccesses(20'000, 1)).ok());
  for (const char* format : {"tarn", "ramulator"}) {
    const Outcome outcome =
        Run("unshare -m sh -c 'mount -t tmpfs -o size=16k tmpfs disk && " TARN_PROGRAM " trace convert a disk/t --to " +
            std::string(format) + "; status=$?; ls -A disk; exit $status'");
    EXPECT_EQ(outcome.exit_status, 2);
    EXPECT_EQ(outcome.output, "") << "files on the disk";
    EXPECT_TRUE(
        std::regex_match(outcome.error, std::regex("tarn trace convert: disk/t: cannot be written: No space left "
                                                   "on device \\(at byte [0-9]+; .*\\)\n")))
        << outcome.error;
  }
}

TEST_F(TracingCommand, TellsWhatIsInATrace) {
  const Metadata metadata = {.command = {"prog", "it's"},
                             .source = "record",
                             .filter = CacheFilterConfig{},
                             .gap_unit = GapUnit::kInstructions};
  ASSERT_TRUE(WriteTrace(folder_ / "t",
                         {{.line = 0, .write = true, .gap = 5}, {.line = 64}, {.line = 1024}, {.line = 1}}, metadata)
                  .ok());
  const Outcome text = Run("tarn trace info t");
  EXPECT_EQ(text.exit_status, 0);
  EXPECT_NE(text.output.find("command:      prog 'it'\\''s'\n"), std::string::npos) << text.output;
  EXPECT_NE(text.output.find("accesses:     4 (3 reads, 1 writes: 25.0% writes)\n"), std::string::npos) << text.output;
  EXPECT_NE(text.output.find("pages:        3 of 4 KiB"), std::string::npos) << text.output;
  const Json json = Json::parse(Run("tarn trace info --json t").output);
  EXPECT_EQ(json["command"], (std::vector<std::string>{"prog", "it's"}));
  EXPECT_EQ(json["accesses"], 4);
  EXPECT_EQ(json["reads"], 3);
  EXPECT_EQ(json["writes"], 1);
  EXPECT_EQ(json["pages_4k"], 3);
  EXPECT_EQ(json["footprint_4k_bytes"], 3 * 4096);
  EXPECT_EQ(json["segments_64k"], 2);
  EXPECT_EQ(json["gap_total"], 5);
  EXPECT_EQ(json["format"], "tarn");
}

TEST_F(TracingCommand, ConvertsBetweenFormats) {
  ASSERT_EQ(Run("printf 'R 0x40\\nW 0x1fff000040\\n' > r.txt; tarn trace convert r.txt t").exit_status, 0);
  ASSERT_EQ(Run("tarn trace convert t d.txt --to dramsim3").exit_status, 0);
  EXPECT_EQ(Text(folder_ / "d.txt"), "0x40 READ 0\n0x1fff000040 WRITE 0\n");
  ASSERT_EQ(Run("tarn trace convert d.txt l.txt --to loadstore").exit_status, 0);
  EXPECT_EQ(Text(folder_ / "l.txt"), "LD 0x40\nST 0x1fff000040\n");
  ASSERT_EQ(Run("tarn trace convert --from loadstore l.txt back.txt --to ramulator").exit_status, 0);
  EXPECT_EQ(Text(folder_ / "back.txt"), "0x40 R\n0x1fff000040 W\n");
  ASSERT_EQ(Run("tarn trace convert back.txt places.txt --to readwrite").exit_status, 0);
  EXPECT_EQ(Text(folder_ / "places.txt"), "R 0,0,0,0,0,1\nW 0,0,0,0,1048448,1\n");
}

TEST_F(TracingCommand, RefusesBadTraces) {
  ASSERT_TRUE(WriteTrace(folder_ / "t", RandomAccesses(1000, 1)).ok());
  Run("head -c 1000 t > cut; echo hello > text; : > empty; printf 'R 0x40\\nR 0y40\\n' > bad");
  ExpectBadInput("tarn trace", "wants 'info' or 'convert'; see --help");
  ExpectBadInput("tarn trace inform t", "wants 'info' or 'convert'; see --help");
  ExpectBadInput("tarn trace info", "wants one file; see --help");
  ExpectBadInput("tarn trace info missing", "missing: cannot be read: No such file or directory");
  ExpectBadInput("tarn trace info .", "\\.: .*[Ii]s a (folder|directory).*");
  ExpectBadInput("tarn trace info cut", "cut: at byte 1000: the file has 1000 bytes where .*");
  ExpectBadInput("tarn trace info text", "text:1: neither a Tarn trace nor .*");
  ExpectBadInput("tarn trace info text --from tarn", "text: at byte 6: the file ends here, inside the preamble .*");
  ExpectBadInput("tarn trace info empty", "empty: holds no access; .*");
  ExpectBadInput("tarn trace convert bad out", "bad:2: 'R 0y40' is not a line of the ramulator format, .*");
  ExpectBadInput("tarn trace convert t", "wants an input and an output file; .*");
  ExpectBadInput("tarn trace convert t out --to lackey", "--to lackey: that format is only read");
  ExpectBadInput("tarn trace convert t out --to csv", "--to: 'csv' is not one of .*");
  ExpectBadInput("tarn trace convert t out --from ramulator", "t:[0-9]+: .*");
  ExpectBadInput("tarn trace convert t no/out", "no/out: cannot be written: .*");
  ExpectBadInput("tarn trace convert t ''", "'': names no file to write");
  ExpectBadInput("tarn trace convert t /dev/null", "/dev/null: is not a regular file; .*");
}

TEST_F(TracingCommand, TellsTheDamageOfAnyFlippedBit) {
  ASSERT_TRUE(WriteTrace(folder_ / "t", RandomAccesses(1000, 1)).ok());
  const Bytes whole = ReadBytes(folder_ / "t");
  std::mt19937_64 random(2);
  for (int i = 0; i < 20; ++i) {
    Bytes damaged = whole;
    const std::size_t at = random() % whole.size();
    damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ (1 << random() % 8));
    WriteBytes(folder_ / "d", damaged);
    ExpectBadInput("tarn trace info d", "d:.*");
  }
}

}  // namespace
}  // namespace tarn::trace
