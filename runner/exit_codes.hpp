// exit_codes.hpp: the exit codes that every command of faultline shares.
#pragma once

namespace faultline::exit_code {

inline constexpr int ok = 0;
inline constexpr int found = 1;         // the thing looked for: a regression, a lock bug
inline constexpr int usage = 2;         // wrong use, or input that cannot be read
inline constexpr int inconclusive = 3;  // not enough data for either answer
inline constexpr int environment = 4;   // this host cannot do it, or files are not comparable
inline constexpr int nothing = 5;       // nothing to do or to compare
inline constexpr int interrupted = 130;

}  // namespace faultline::exit_code
