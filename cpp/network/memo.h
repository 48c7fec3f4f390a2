// Values that are made when they are first asked for, and then shared.
#pragma once
#include <map>
#include <memory>
#include <mutex>

#include "base/fork_safe.h"

namespace digitcli::network {

// Safe from many threads at once.
template <class Key, class Value>
class Memo {
 public:
  // The value of `key`, made by make() unless it is there.
  template <class Make>
  std::shared_ptr<const Value> get(const Key& key, const Make& make) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<const Value>& value = values_[key];
    if (value == nullptr) value = std::make_shared<const Value>(make());
    return value;
  }

 private:
  base::ForkSafeMutex mutex_;
  std::map<Key, std::shared_ptr<const Value>> values_;
};

}  // namespace digitcli::network
