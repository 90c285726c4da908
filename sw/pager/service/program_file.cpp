#include "sw/pager/service/program_file.h"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace tarn::pager {

namespace {

constexpr int kInterpretersMax = 4;  // of interpreters, as in the kernel

bool IsExecutable(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

Result<std::string> Find(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (IsExecutable(name)) return name;
    return Status::Error(name + ": is not a program that can be run");
  }
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
  std::string folder;
  while (std::getline(folders, folder, ':')) {
    const std::string file = (folder.empty() ? "." : folder) + "/" + name;
    if (IsExecutable(file)) return file;
  }
  return Status::Error("there is no program '" + name + "' on the PATH");
}

std::uint64_t BytesIn(std::ifstream& file) {
  file.seekg(0, std::ios::end);
  return static_cast<std::uint64_t>(file.tellg());
}

// Of a program in the machine's own format.
Status CheckElf(const std::string& path, std::ifstream& file) {
  Elf64_Ehdr header{};
  file.read(reinterpret_cast<char*>(&header), sizeof header);
  Status cut_short = Status::Error(path + ": the file ends before the program in it does");
  if (!file) return cut_short;
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(Elf64_Phdr)) {
    return Status::Error(path + ": is not a 64-bit program");
  }
  file.seekg(static_cast<std::streamoff>(header.e_phoff));
  bool linked = false;
  std::uint64_t end = 0;
  for (int index = 0; file && index < header.e_phnum; ++index) {
    Elf64_Phdr part{};
    file.read(reinterpret_cast<char*>(&part), sizeof part);
    linked = linked || part.p_type == PT_INTERP;
    if (part.p_type == PT_LOAD) end = std::max(end, part.p_offset + part.p_filesz);
  }
  if (!file || BytesIn(file) < end) return cut_short;
  if (linked) return {};
  return Status::Error(path + ": is statically linked, so that its memory cannot be taken over");
}

Status Check(const std::string& path, int depth) {
  struct stat found{};
  if (::stat(path.c_str(), &found) == 0 && (found.st_mode & (S_ISUID | S_ISGID)) != 0 && ::geteuid() != 0) {
    return Status::Error(path + ": runs with rights of its own, so that its memory cannot be taken over");
  }
  std::ifstream file(path, std::ios::binary);
  char magic[SELFMAG] = {};
  if (!file) return Status::Error(path + ": cannot be read");
  file.read(magic, sizeof magic);  // it may be shorter
  file.clear();
  file.seekg(0);
  if (std::memcmp(magic, ELFMAG, SELFMAG) == 0) return CheckElf(path, file);
  if (magic[0] != '#' || magic[1] != '!' || depth == kInterpretersMax) {
    return Status::Error(path + ": is neither a program nor a script that names its interpreter");
  }
  std::string line;
  std::getline(file, line);
  std::istringstream words(line.substr(2));
  std::string interpreter;
  words >> interpreter;
  if (!IsExecutable(interpreter)) return Status::Error(path + ": its interpreter '" + interpreter + "' cannot be run");
  return Check(interpreter, depth + 1);
}

}  // namespace

Result<std::string> FindFarProgram(const std::string& name) {
  Result<std::string> path = Find(name);
  if (!path.ok()) return path;
  Status status = Check(*path, 0);
  return status.ok() ? path : Result<std::string>(status);
}

}  // namespace tarn::pager
