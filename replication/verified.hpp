// Proof by type that a value is authentic.
#pragma once

#include <utility>

namespace breakwater {

class Authenticator;

// A value whose sender is known: every signature it carries was checked, or the authenticated channel vouches
// for it. Authentic is not valid: protocol rules are checked where the value is used.
// Only an Authenticator can make one.
template <class T>
class Verified {
 public:
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }

 private:
  friend class Authenticator;
  explicit Verified(T value) : value_(std::move(value)) {}
  T value_;
};

// Base of everything that may mint a Verified<T>: crypto/authenticator.hpp (signatures, and messages of an
// authenticated channel) and the simulator's stand-in. A test lists the classes that derive from it.
class Authenticator {
 protected:
  template <class T>
  static Verified<T> mint(T value) {
    return Verified<T>(std::move(value));
  }
};

}  // namespace breakwater
