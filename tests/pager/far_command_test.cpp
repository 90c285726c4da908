// `tarn far` with programs that nobody wrote for it, and with a probe that does to memory what programs do; and every
// bad input.
#include "tests/pager/far_fixture.h"

namespace tarn::pager {
namespace {

class FarProbe : public FarCommand, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Cases, FarProbe,
                         testing::Values("heap", "threads", "maps", "advice", "calls", "signals", "fork"),
                         [](const auto& name) { return std::string(name.param); });

TEST_P(FarProbe, FindsItsMemoryInOrder) {
  const Json report = ExpectSameOutput(std::string(FAR_PROBE) + " " + GetParam(), "4M");
  EXPECT_GT(report["page_ins"], 500) << "most of it was not resident";
  EXPECT_LE(report["resident_pages_max"], 1024);
}

TEST_F(FarCommand, EveryPolicyServesTheSameProgram) {
  for (const char* const policy : {"fifo", "lru", "clock"}) {
    ExpectSameOutput(FAR_PROBE " maps", "4M", "/dev/null", std::string("--policy ") + policy);
  }
  ExpectSameOutput(FAR_PROBE " maps", "4M", "/dev/null", "--prefetch 0 --sample 0");
}

TEST_F(FarCommand, SqliteGivesTheSameAnswers) {
  if (!Has("sqlite3")) GTEST_SKIP() << "no sqlite3";
  WriteShop(20'000);
  const std::uint64_t peak = PeakKilobytes("sqlite3 :memory:", "shop.sql");
  EXPECT_GT(peak, 5000u);
  const Json report = ExpectSameOutput("sqlite3 :memory:", std::to_string(peak / 4) + "K", "shop.sql");
  EXPECT_GT(report["page_ins"], 500);
}

TEST_F(FarCommand, PythonGivesTheSameAnswers) {
  if (!Has("/usr/bin/python3")) GTEST_SKIP() << "no python3";
  WriteFile("work.py",
            "import json, re, subprocess\n"
            "words = {str(i * 7919 % 100003): i for i in range(100000)}\n"
            "text = json.dumps(words)\n"
            "back = json.loads(text)\n"
            "print(len(text), sum(back.values()), len(re.findall('77', text)))\n"
            "print(sorted(back, key=lambda k: back[k] % 1009)[:5])\n"
            "print(subprocess.run(['echo', 'a child'], capture_output=True).stdout)\n"
            "blob = bytearray(20000000)\n"
            "blob[::4096] = b'x' * len(blob[::4096])\n"
            "print(blob.count(b'x'))\n");
  const Json report = ExpectSameOutput("/usr/bin/python3 work.py", "8M");
  EXPECT_GT(report["page_ins"], 1000);
}

TEST_F(FarCommand, ShellsForkAsAlways) {
  if (!Has("bash")) GTEST_SKIP() << "no bash";
  WriteFile("work.sh",
            "#!/usr/bin/env bash\n"
            "for i in $(seq 20); do echo $i | tr 1 2; done | sort | cksum\n"
            "echo $(echo deep $(echo er)); (exit 7); echo $?; sleep 0.1 & wait\n"
            "cat <<< here; declare -a words; for i in {1..20000}; do words[i]=word$i; done\n"
            "(words[7]=changed; echo ${words[7]} ${words[20000]} | cat); echo ${words[7]}; echo ${words[*]} | cksum\n");
  Run("chmod +x work.sh");
  const Json report = ExpectSameOutput("./work.sh", "2M");
  EXPECT_GT(report["programs"], 50);
}

TEST_F(FarCommand, PythonForksAndBothSidesHaveTheirOwn) {
  if (!Has("/usr/bin/python3")) GTEST_SKIP() << "no python3";
  WriteFile("fork.py",
            "import multiprocessing, os\n"
            "words = [str(i) for i in range(60000)]\n"
            "total = lambda: sum(map(int, words))\n"
            "for round in range(3):\n"
            "    child = os.fork()\n"
            "    if child == 0:\n"
            "        words[round::7] = ['1'] * len(words[round::7])\n"
            "        print('child', total(), flush=True)\n"
            "        os._exit(round)\n"
            "    print(os.waitpid(child, 0)[1], total(), flush=True)\n"
            "    words[round::11] = ['2'] * len(words[round::11])\n"
            "print(total(), multiprocessing.Pool(3).map(abs, range(-5, 5)))\n");
  const Json report = ExpectSameOutput("/usr/bin/python3 fork.py", "6M");
  EXPECT_GT(report["page_ins"], 1000);
}

TEST_F(FarCommand, GccMakesTheSameObject) {
  if (!Has("gcc")) GTEST_SKIP() << "no gcc";
  std::string text = "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n";
  for (int number = 0; number < 100; ++number) {
    const std::string name = std::to_string(number);
    text.append("int f").append(name).append("(int a, int b) { int s = 0; for (int i = a; i < b; ++i) s += i * ");
    text.append(name).append(" % (a + 3) + strlen(\"").append(name);
    text.append("\"); return s > 7 ? printf(\"%d\", s) : s; }\n");
  }
  WriteFile("a.c", text);
  ExpectSameOutput("sh -c : ; gcc -O2 -S -o - a.c", "64M");
  const Json report = ExpectSameOutput("gcc -O2 -S -o - a.c", "2M");
  EXPECT_GT(report["programs"], 1) << "the compiler proper is a program of its own";
  EXPECT_GT(report["page_ins"], 500);
}

TEST_F(FarCommand, RedisServesMoreThanIsResident) {
  if (!Has("redis-server") || !Has("redis-cli")) GTEST_SKIP() << "no redis-server";
  // 24 MB of values, of which 4 MB are resident; every value is asked for.
  WriteFile(
      "load.sh",
      "tarn far --quiet --report report.json --resident 4M -- redis-server --port 0 --unixsocket $PWD/r.sock "
      "--save '' --appendonly no --daemonize no > server.log 2>&1 &\n"
      "for i in $(seq 200); do redis-cli -s r.sock ping > pong 2> no && break; sleep 0.1; done\n"
      "seq 20000 | awk '{v = sprintf(\"%d:\", $1 * 7919); while (length(v) < 1200) v = v v; "
      "print \"SET key\" $1, substr(v, 1, 1200)}' > commands\n"
      "redis-cli -s r.sock < commands | sort | uniq -c | tr -s ' '\n"
      "seq 20000 | awk '{print \"GET key\" $1}' | redis-cli -s r.sock > got\n"
      "awk '{print $3}' commands | cmp - got && echo every value is right\n"
      // A copy of the server saves while values change.
      "redis-cli -s r.sock bgsave > /dev/null\n"
      "seq 3000 | awk '{print \"SET key\" $1, \"changed\"}' | redis-cli -s r.sock | uniq -c | tr -s ' '\n"
      "for i in $(seq 300); do redis-cli -s r.sock info persistence | grep -q bgsave_in_progress:0 && break; sleep "
      "0.1; done\n"
      "redis-cli -s r.sock get key3000\n"
      "redis-cli -s r.sock shutdown nosave\nwait\n"
      "redis-server --port 0 --unixsocket $PWD/r.sock --save '' > server2.log &\n"
      "for i in $(seq 200); do redis-cli -s r.sock ping > pong 2> no && break; sleep 0.1; done\n"
      "seq 20000 | awk '{print \"GET key\" $1}' | redis-cli -s r.sock > saved\n"
      "awk '{print $3}' commands | cmp - saved && echo every value is saved\n"
      "redis-cli -s r.sock shutdown nosave\nwait\n");
  const Outcome outcome = Run(". ./load.sh");
  EXPECT_EQ(outcome.output, " 20000 OK\nevery value is right\n 3000 OK\nchanged\nevery value is saved\n")
      << outcome.error << trace::Text(folder_ / "server.log");
  const Json report = ReadReport();
  EXPECT_GT(report["page_ins"], 3000);
  EXPECT_LE(report["resident_pages_max"], 1024);
}

TEST_F(FarCommand, AServiceThatIsKilledMeansSigbusAndAMessage) {
  WriteFile("kill.sh", TARN_PROGRAM " far --resident 4M -- " FAR_PROBE
                                    " endless > out 2> err &\n"
                                    "service=$!\n"
                                    "for i in $(seq 200); do grep -q begun out && break; sleep 0.1; done\n"
                                    "program=$(pgrep -P $service)\n"
                                    "sleep 0.3; kill -9 $service\n"
                                    "for i in $(seq 100); do [ -d /proc/$program ] || break; sleep 0.1; done\n"
                                    "[ -d /proc/$program ] && echo still there && kill -9 $program\n"
                                    "cat out err\n");
  const Outcome outcome = Run("sh ./kill.sh");
  EXPECT_EQ(
      outcome.output,
      "begun\ntarn far: the far-memory service is gone; the program gets SIGBUS at the next page that is missing\n")
      << outcome.error;
}

// The program and its pager run in turn on one processor, and the service beside them, if there is another one.
TEST_F(FarCommand, ThePagerIsKeptOnAProcessorAndTheServiceOnOthers) {
  WriteFile("where.sh", TARN_PROGRAM
            " far --resident 4M -- " FAR_PROBE
            " endless > out 2> err &\n"
            "service=$!\n"
            // Of the first 60 processors, as a number.
            "allowed() { echo $((0x$(sed -n 's/^Cpus_allowed:\t//p' $1/status | tr -d , | tail -c 16))); }\n"
            "for i in $(seq 200); do grep -q begun out && break; sleep 0.1; done\n"
            "program=$(pgrep -P $service)\n"
            "pager=$(dirname $(grep -l tarn-pager /proc/$program/task/*/comm))\n"
            "for i in $(seq 200); do\n"
            "  kept=$(allowed $pager)\n"
            "  others=$(allowed /proc/$service)\n"
            "  [ $kept -gt 0 ] && [ $((kept & kept - 1)) = 0 ] && [ $((kept & others)) = 0 ] && echo apart && break\n"
            "  [ $(nproc) = 1 ] && echo apart && break\n"
            "  sleep 0.05\n"
            "done\n"
            "kill $program\n");
  EXPECT_EQ(Run("sh ./where.sh").output, "apart\n");
}

TEST_F(FarCommand, TheExitStatusIsTheProgramsOwn) {
  EXPECT_EQ(Run("tarn far --quiet --resident 4M -- /usr/bin/env false").exit_status, 1);
  EXPECT_EQ(Run("tarn far --quiet --resident all -- /usr/bin/env false").exit_status, 1);
  EXPECT_EQ(Run("tarn far --quiet --resident 4M -- " FAR_PROBE " last-thread").output, "the last thread\n");
  EXPECT_EQ(Run("tarn far --quiet --resident 4M -- " FAR_PROBE " last-thread-by-call").exit_status, 7);
  const Outcome json = Run("tarn far --json --resident 4M -- /bin/echo hello");
  EXPECT_EQ(json.error, "hello\n");
  EXPECT_EQ(Json::parse(json.output)["program_exit_status"], 0);
  // Arguments that are no UTF-8.
  EXPECT_EQ(Json::parse(Run("tarn far --json --resident 4M -- /bin/echo \377").output)["program"].size(), 2u);
}

// More of them than the tool has descriptors for, by the limit that it was started with; each waits for all others.
TEST_F(FarCommand, ManyProgramsRunAtOnce) {
  WriteFile("meet.sh",
            "#!/bin/sh\necho $1 > met$1\nwhile [ $(ls met* | wc -l) -lt 20 ]; do sleep 0.1; done\n"
            "[ $1 = 20 ] && ulimit -S -n\n");
  WriteFile("all.sh", "#!/bin/bash\nfor i in {1..20}; do ./meet.sh $i & done; wait\n");
  const Outcome outcome = Run("chmod +x *.sh; bash -c 'ulimit -S -n 30; timeout 60 " TARN_PROGRAM
                              " far --quiet --resident 1M -- ./all.sh'");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.error;
  EXPECT_EQ(outcome.output, "30\n") << "programs keep their own limit";
}

// Sent to the tool they are the program's.
TEST_F(FarCommand, SignalsAreTheProgramsOwn) {
  WriteFile("signals.sh",
            "#!/bin/bash\nfor each in HUP INT QUIT TERM USR1 USR2 WINCH; do trap \"echo $each >> got\" $each; done\n"
            "touch ready\nwhile [ ! -e enough ]; do sleep 0.1; done\nexit 5\n");
  WriteFile("send.sh",
            // The shell has what runs in the background ignore INT and QUIT.
            "env --default-signal " TARN_PROGRAM
            " far --quiet --resident 1M -- ./signals.sh & tool=$!\n"
            "while [ ! -e ready ]; do sleep 0.1; done; touch got\n"
            "for each in HUP INT QUIT TERM USR1 USR2 WINCH; do kill -$each $tool\n"
            "for i in $(seq 50); do grep -q $each got && break; sleep 0.1; done; done\n"
            "touch enough; wait $tool; status=$?; cat got; exit $status\n");
  const Outcome outcome = Run("chmod +x signals.sh; sh ./send.sh");
  EXPECT_EQ(outcome.exit_status, 5);
  EXPECT_EQ(outcome.output, "HUP\nINT\nQUIT\nTERM\nUSR1\nUSR2\nWINCH\n");
}

// Whoever reads it goes away while the program runs.
TEST_F(FarCommand, AReportThatCannotBeWrittenIsToldAndTheExitStatusIsTheProgramsOwn) {
  WriteFile("sevens.sh", "#!/bin/sh\nwhile [ -e reader ]; do sleep 0.1; done\nexit 7\n");
  Run("chmod +x sevens.sh; mkfifo place");
  for (const std::string option : {"--report place", "--json > place"}) {
    const Outcome outcome = Run("touch reader; (head -c 1 place; rm reader) & tarn far --quiet --resident 4M " +
                                option + " -- ./sevens.sh");
    EXPECT_EQ(outcome.exit_status, 7);
    EXPECT_TRUE(std::regex_match(outcome.error, std::regex("tarn far: .*: cannot be written: Broken pipe\n")))
        << outcome.error;
  }
}

TEST_F(FarCommand, TopShowsTheRunAndPrometheusIsAnswered) {
  WriteFile(
      "scrape.py",
      "import socket, sys\n"
      "s = socket.socket(socket.AF_UNIX)\ns.connect(sys.argv[1])\ns.sendall(b'GET /metrics HTTP/1.0\\r\\n\\r\\n')\n"
      "text = b''\nwhile part := s.recv(65536): text += part\nprint(text.decode())\n");
  // Many who connect and say nothing.
  WriteFile("idle.py",
            "import socket, sys, time\n"
            "idles = []\n"
            "for _ in range(1200):\n"
            "    idles.append(socket.socket(socket.AF_UNIX))\n"
            "    idles[-1].connect(sys.argv[1])\n"
            "    if len(idles) == 400: idles = idles[200:]\n"
            "open('idles', 'w')\ntime.sleep(60)\n");
  WriteFile("watch.sh",
            "export XDG_RUNTIME_DIR=$PWD\n"
            "tarn=" TARN_PROGRAM
            "\n"
            "$tarn top; echo top without a run: $?\n"
            "$tarn far --quiet --resident 4M -- " FAR_PROBE
            " endless > out &\n"
            "service=$!\n"
            "for i in $(seq 200); do grep -q begun out && break; sleep 0.1; done\n"
            // A newer run that was killed.
            "$tarn far --quiet --resident 4M -- sleep 60 &\n"
            "killed=$!\n"
            "for i in $(seq 200); do pgrep -P $killed > no && break; sleep 0.1; done\n"
            "sleeper=$(pgrep -P $killed); kill -9 $killed $sleeper\n"
            "$tarn top --count 2 --interval-ms 200\n"
            "$tarn top --count 1 --interval-ms 100 --json | grep -c '\"resident_pages\":'\n"
            // Whoever reads has seen enough; and a full disk.
            "timeout 20 $tarn top --interval-ms 100 | head -1\n"
            "timeout 20 $tarn top --interval-ms 100 2> full > /dev/full; echo full $?; cat full\n"
            "socket=$($tarn top --socket-path)\n"
            "stat -c %a $socket ${socket%.watch}.far $(dirname $socket)\n"
            "/usr/bin/python3 idle.py $socket & idle=$!\n"
            "for i in $(seq 100); do [ -e idles ] && break; sleep 0.1; done\n"
            "/usr/bin/python3 scrape.py $socket > metrics; kill $idle\n"
            "grep -c '^tarn_far_faults_total [1-9]' metrics; grep -c 'quantile=\"0.99\"' metrics\n"
            "kill $(pgrep -P $service)\nwait\n");
  if (!Has("/usr/bin/python3")) GTEST_SKIP() << "no python3";
  const Outcome outcome = Run("sh ./watch.sh");
  EXPECT_NE(outcome.output.find("top without a run: 2"), std::string::npos) << outcome.output << outcome.error;
  EXPECT_NE(outcome.output.find("faults/s"), std::string::npos) << outcome.output << outcome.error;
  EXPECT_TRUE(std::regex_search(outcome.output,
                                std::regex("\n1\n +faults/s.*\nfull 2\ntarn: standard output: cannot be written: "
                                           "No space .*\n600\n600\n700\n1\n1\n")))
      << outcome.output << outcome.error;
}

TEST_F(FarCommand, BadInputIsOneLineAndNothingIsStarted) {
  const std::string touch = " -- touch started";
  ExpectBadInput("tarn far", "no program; .*");
  ExpectBadInput("tarn far --resident 4M --", "no program; .*");
  ExpectBadInput("tarn far touch started", "'touch' is no option; the program stands behind '--'");
  ExpectBadInput("tarn far --report ''" + touch, "--report: the name of a file is missing");
  ExpectBadInput("tarn far -- no-such-program", "there is no program 'no-such-program' on the PATH");
  ExpectBadInput("tarn far -- ./nothing", "./nothing: is not a program that can be run");
  ExpectBadInput("tarn far -- /", "/: is not a program that can be run");
  ExpectBadInput("tarn far -- " FAR_STATIC_PROBE " nothing", ".*: is statically linked, so that .*");
  ExpectBadInput("tarn far --resident 4K" + touch, "--resident: 4K is not between 256K and .*");
  ExpectBadInput("tarn far --resident 4000000G" + touch, "--resident: .* is not .*");
  ExpectBadInput("tarn far --resident 0%" + touch, "--resident: '0' is not a whole number from 1 to 100");
  ExpectBadInput("tarn far --resident 101%" + touch, "--resident: '101' is not a whole number from 1 to 100");
  ExpectBadInput("tarn far --resident -1" + touch, "--resident: '-1' is not a size such as .*");
  ExpectBadInput("tarn far --platform fpga" + touch, "--platform: there is no platform 'fpga'; .*");
  ExpectBadInput("tarn far --policy random" + touch, "--policy: there is no policy 'random'; .*");
  ExpectBadInput("tarn far --prefetch 64" + touch, "--prefetch: '64' is not a whole number from 0 to 63");
  ExpectBadInput("tarn far --sample x" + touch, "--sample: 'x' is not a whole number from 0 to .*");
  ExpectBadInput("tarn far --report /no/such/file" + touch, "/no/such/file: cannot be written: No such .*");
  ExpectBadInput("tarn far --report /dev/full" + touch, "/dev/full: cannot be written: No space .*");
  ExpectBadInput("tarn far --json" + touch + " > /dev/full", "standard output: cannot be written: No space .*");
  ExpectBadInput("tarn far --resdient 4M" + touch, ".*unrecogni[sz]ed option '--resdient'.*");
  ExpectBadInput("tarn far --config missing.ini" + touch, "missing.ini: cannot be read; .*");
  ExpectBadInput(
      "mkdir -m 777 f; chmod 777 f; mkdir -m 777 f/tarn-far-$(id -u); chmod 777 f/tarn-far-$(id -u); "
      "XDG_RUNTIME_DIR=$PWD/f; export XDG_RUNTIME_DIR; tarn far --resident 4M" +
          touch + "; status=$?; rm -r f; (exit $status)",
      ".*/tarn-far-[0-9]*: is not a folder of this user alone");
  WriteFile("script", "#!/no/such/interpreter\n");
  WriteFile("text", "not a program\n");
  Run("for bytes in 20 300 40000; do head -c $bytes /bin/bash > cut$bytes; done; : > empty; chmod +x *");
  for (const std::string file : {"./cut20", "./cut300", "./cut40000"}) {
    ExpectBadInput("tarn far -- " + file, file + ": the file ends before the program in it does");
  }
  ExpectBadInput("tarn far -- ./empty", "./empty: is neither a program nor a script .*");
  ExpectBadInput("tarn far -- ./script", "./script: its interpreter '/no/such/interpreter' cannot be run");
  ExpectBadInput("tarn far -- ./text", "./text: is neither a program nor a script .*");
}

TEST_F(FarCommand, WithoutPermissionItSaysSo) {
  if (::geteuid() != 0 || !Has("setpriv")) GTEST_SKIP() << "wants root, and setpriv to be another user";
  const std::string other = "setpriv --reuid=65534 --regid=65534 --clear-groups ";
  const bool allowed = Run("cat /proc/sys/vm/unprivileged_userfaultfd").output != "0\n";
  if (allowed || Run(other + "test -w /dev/userfaultfd").exit_status == 0) {
    GTEST_SKIP() << "everybody may use userfaultfd";
  }
  Run("cp " TARN_PROGRAM " $(dirname " TARN_PROGRAM ")/libtarn_far.so .; chmod 755 . tarn libtarn_far.so");
  const Outcome outcome = Run(other + "./tarn far --resident 4M -- /bin/echo started");
  EXPECT_EQ(outcome.exit_status, 2);
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(outcome.error,
            "tarn far: userfaultfd is not allowed: it wants root, CAP_SYS_PTRACE, or the sysctl "
            "vm.unprivileged_userfaultfd = 1\n");
}

}  // namespace
}  // namespace tarn::pager
