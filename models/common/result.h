// Operating errors as values. A Status says what went wrong in one line that tells the reader what to do;
// a Result<T> is a T or a Status. Programmer errors are assertions instead.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace tarn {

// Success, or the one line that a tool prints before it ends with exit status 2.
class [[nodiscard]] Status {
 public:
  Status() = default;  // success
  static Status Error(std::string message) { return Status(std::move(message)); }

  bool ok() const { return !message_.has_value(); }
  // REQUIRES: !ok().
  const std::string& message() const {
    assert(message_.has_value());
    return *message_;
  }

 private:
  explicit Status(std::string message) : message_(std::move(message)) {}
  std::optional<std::string> message_;
};

// A T, or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  // Both are implicit.
  // NOLINTNEXTLINE(google-explicit-constructor): so that a function that answers a Result can say `return value;`
  Result(T value) : value_(std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): so that it can say `return status;`
  Result(Status status) : status_(std::move(status)) { assert(!status_.ok()); }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  // REQUIRES: ok().
  T& value() {
    assert(ok());
    return *value_;
  }
  const T& value() const {
    assert(ok());
    return *value_;
  }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace tarn
