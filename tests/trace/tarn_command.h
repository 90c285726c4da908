// The tool as a user calls it, for tests of its commands. TARN_PROGRAM is its path.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <string>

#include "tests/trace/trace_files.h"

namespace tarn::trace {

inline std::string Text(const std::string& path) {
  const Bytes bytes = ReadBytes(path);
  return std::string(bytes.begin(), bytes.end());
}

class TarnCommand : public testing::Test {
 protected:
  struct Outcome {
    int exit_status = -1;
    std::string output;
    std::string error;
  };

  // Runs a shell command line in which `tarn` is the tool, in the scratch folder.
  Outcome Run(const std::string& line) {
    const std::string whole = "cd " + (folder_ / ".") + " && tarn() { " TARN_PROGRAM " \"$@\"; } && { " + line +
                              "; } > .stdout 2> .stderr < /dev/null";
    const int status = std::system(whole.c_str());  // NOLINT(cert-env33-c): the shell is wanted
    const Outcome outcome = {.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status),
                             .output = Text(folder_ / ".stdout"),
                             .error = Text(folder_ / ".stderr")};
    std::filesystem::remove(folder_ / ".stdout");
    std::filesystem::remove(folder_ / ".stderr");
    return outcome;
  }

  // Bad input: exit status 2, one line on standard error that matches, nothing on standard output, no new file.
  void ExpectBadInput(const std::string& line, const std::string& message) {
    const std::size_t files = folder_.FileCount();
    const Outcome outcome = Run(line);
    EXPECT_EQ(outcome.exit_status, 2) << line;
    EXPECT_EQ(outcome.output, "") << line;
    EXPECT_TRUE(std::regex_match(outcome.error, std::regex("tarn [a-z ]+: " + message + "\n"))) << line << "\n"
                                                                                                << outcome.error;
    EXPECT_EQ(folder_.FileCount(), files) << line;
  }

  ScratchFolder folder_;
};

}  // namespace tarn::trace
