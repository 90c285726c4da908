// A file system on a volume, through nbdfuse and a loop device, while members are killed. Needs root, /dev/fuse and
// loop devices.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "tests/store/cluster.h"

namespace tarn::store {
namespace {

// A snapshot taken while files are written is what a crash would leave: its clone is checked (which replays the
// journal), and what was synced before is there. The other member is killed meanwhile. $1: socket of the member that
// serves; $2: process of the other; $3: the tool; $4: the serving member's folder.
constexpr const char* kScript = R"(#!/bin/bash
set -eu
loop= writer=
cleanup() {
  [[ -z $writer ]] || kill "$writer" 2> /dev/null || true
  umount mount 2> /dev/null || umount -l mount 2> /dev/null || true
  [[ -z $loop ]] || losetup -d "$loop" 2> /dev/null || true
  umount fuse 2> /dev/null || umount -l fuse 2> /dev/null || true
  loop= writer=
}
trap cleanup EXIT
attach() {
  mkdir -p fuse mount
  touch fuse/nbd
  timeout 100 nbdfuse fuse "nbd+unix:///$1?socket=$2" &
  for ((i = 0; i < 500; ++i)); do [[ $(stat -c %s fuse/nbd) == 0 ]] || break; sleep 0.02; done
  loop=$(losetup -f --show --sector-size 4096 fuse/nbd) || exit 77
}
attach disk "$1"
mkfs.ext4 -q -b 4096 "$loop"
mount "$loop" mount
mkdir source
for ((i = 0; i < 40; ++i)); do head -c $((i * 5000 + 1)) /dev/urandom > "source/$i"; done
cp -r source mount/synced
sync -f mount/synced
(while cp -r source mount/more; do rm -r mount/more; sync -f mount; done) 2> /dev/null &
writer=$!
sleep 0.5
kill -9 "$2"
cp -r source mount/later
sync -f mount/later
"$3" store snapshot disk crash --folder "$4"
"$3" store clone crash again --folder "$4"
cleanup
wait
attach again "$1"
e2fsck -fy "$loop" || (($? == 1))
e2fsck -fn "$loop"
mount "$loop" mount
diff -r source mount/synced
diff -r source mount/later
)";

class StoreExt4 : public Cluster {};

TEST_F(StoreExt4, WhatWasSyncedIsInASnapshotTakenAsACrashWouldLeaveIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "not root";
  if (::access("/dev/fuse", R_OK | W_OK) != 0 || ::access("/dev/loop-control", R_OK | W_OK) != 0) {
    GTEST_SKIP() << "no /dev/fuse or no loop devices here";
  }
  for (const char* program : {"nbdfuse", "losetup", "mkfs.ext4", "e2fsck"}) {
    if (!nbd::HasProgram(program)) GTEST_SKIP() << "no " << program << " here";
  }
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 64M");
  const std::string script = kScript;
  trace::WriteBytes(folder_ / "script", trace::Bytes(script.begin(), script.end()));
  const Outcome outcome =
      Run("timeout 110 bash script " + Socket(1) + " " + member(2).process() + " " TARN_PROGRAM " " + Folder(1));
  if (outcome.exit_status == 77) GTEST_SKIP() << "no loop device is free: " << outcome.error;
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output << outcome.error << Describe();
}

}  // namespace
}  // namespace tarn::store
