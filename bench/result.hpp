// What a rung came to: the middle of its windows, beside its floors.
#pragma once

#include "bench/calibration.hpp"
#include "bench/window.hpp"

namespace breakwater::bench {

// Processor time of all replicas and clients for one command, in microseconds, by where it went. Signatures, digests
// and transactions are counted and priced by the calibration; the threads' times are measured; the rest is what is
// left.
struct CpuParts {
  double verify = 0, sign = 0;
  double hash = 0;     // the digests that the protocol needs at the observed batch size: counted, not observed
  double store = 0;    // transactions, without the wait for the disk
  double network = 0;  // ZeroMQ's own threads, of replicas and clients: sockets, CURVE, framing
  double client = 0;   // of the clients' thread, after their signatures
  double rest = 0;     // codec, engine, applying, and the kernel's part in the replicas' own threads

  double sum() const { return verify + sign + hash + store + network + client + rest; }
};

struct JudgedWindow {
  Window window;
  std::optional<std::string> invalid;  // why
};

// What was seen of a rung.
struct Measurement {
  Rung rung;
  std::vector<JudgedWindow> windows;
  std::optional<std::string> failure;  // it could not be measured, or not to its end
  double open_loop_per_s = 0;          // commands; 0: closed loop
  double checkpoint_interval = 128;    // of its group, in slots

  std::string name() const { return rung.name(open_loop_per_s); }
  std::size_t valid_windows() const;
  // A rung counts when most of its windows do. Why it does not, in a line: the commonest reason.
  std::optional<std::string> invalid_reason() const;
};

struct RungResult : Measurement {
  // Of the valid windows; of all when none is.
  Spread throughput_per_s, p50_us, p95_us, p99_us, max_us, cpu_us_per_command, requests_per_slot;
  Spread bytes_per_command;                                   // that the replicas sent, to each other and to clients
  double idle_share = 0, stolen_share = 0, others_share = 0;  // as of a window
  CpuParts cpu;
  Floor floor;

  // What was reached of the throughput that the signatures allow; nothing when they allow any.
  std::optional<double> share_of_floor() const;
};

RungResult summarize(Measurement measurement, const Calibration& calibration);

}  // namespace breakwater::bench
