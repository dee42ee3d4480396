// CAF's headers take two seconds a file: compiled once for all actors.
#include <caf/all.hpp>
#include <caf/io/all.hpp>

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>
