/// kommander-server recover: what is left to do when a majority of the voters is lost for good.
///
///  1. Stop every server that still runs, and see to it that none is started again by itself.
///  2. `kommander-server recover --inspect` on each survivor: the best has, in each partition, the entry of the highest
///     term, and among equals the highest index. If none is best in all partitions, choose by what they hold.
///  3. `kommander-server recover --reason "..."` on that one, with --initial-cluster as before, so that it is seen
///     whether the others are really gone. Start it as before.
///  4. Throw the logs of all others away. They join with an empty log and the epoch that was told (--cluster-epoch).
#pragma once

#include "options.hpp"

namespace server {

kommander::wal_factory log_of(const options& options);

/// Inspects or recovers, and prints what is to be known. Returns the exit status.
int recover(const options& options);

} // namespace server
