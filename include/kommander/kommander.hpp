/// Everything that an application needs.
#pragma once

#include "kommander/bytes.hpp"
#include "kommander/client.hpp"
#include "kommander/config.hpp"
#include "kommander/entry.hpp"
#include "kommander/hash.hpp"
#include "kommander/hlc.hpp"
#include "kommander/messages.hpp"
#include "kommander/partition_map.hpp"
#include "kommander/raft.hpp"
#include "kommander/result.hpp"
#include "kommander/state_machine.hpp"
#include "kommander/status.hpp"
#include "kommander/transport.hpp"
#include "kommander/types.hpp"
#include "kommander/wal.hpp"
