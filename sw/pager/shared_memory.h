// Memory that is passed to other processes by its descriptor.
#pragma once

#include <cstddef>
#include <utility>

#include "models/common/result.h"

namespace tarn::pager {

// A descriptor that is closed with its owner.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  int number() const { return number_; }
  bool open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

// Zero at first; costs what is touched.
class SharedMemory {
 public:
  SharedMemory() = default;
  static Result<SharedMemory> Make(const char* name, std::size_t size_bytes);
  SharedMemory(SharedMemory&& other) noexcept
      : descriptor_(std::move(other.descriptor_)),
        data_(std::exchange(other.data_, nullptr)),
        size_bytes_(std::exchange(other.size_bytes_, 0)) {}
  SharedMemory& operator=(SharedMemory&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(data_, other.data_);
    std::swap(size_bytes_, other.size_bytes_);
    return *this;
  }
  ~SharedMemory();

  int descriptor() const { return descriptor_.number(); }
  void* data() const { return data_; }
  std::size_t size_bytes() const { return size_bytes_; }

 private:
  Descriptor descriptor_;
  void* data_ = nullptr;
  std::size_t size_bytes_ = 0;
};

}  // namespace tarn::pager
