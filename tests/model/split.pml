/* A split: a source gives the keys of a range to a target, while leaders of partition 0 crash and their successors go on,
 * messages come late, twice or never, and clients write by old maps. Logs are taken as given: an entry takes effect once,
 * in one order. README.md maps each action to the code.
 *
 * Whatever was sent may be delivered at any time from then on, as often as it likes, or never. */

#ifndef OPERATIONS
#define OPERATIONS 1  /* A second one begins when the first was rolled back. */
#endif
#ifndef TERMS
#define TERMS 2       /* Leaders of partition 0, one after the other; an old one does not know. At most 3. */
#endif
#define WRITES 2
#define ALL ((1 << WRITES) - 1)

/* The phases of an operation, as the map says. */
#define none 0
#define fencing 1
#define copying 2
#define committed 3
#define done 4
#define rolling_back 5
#define over 6

/* Partition 0. */
byte now_runs;                          /* The last operation that was begun. */
byte phase[OPERATIONS + 1];
bit advance_sent[(OPERATIONS + 1) * 6]; /* The six steps between phases. */
#define step(o, n) ((o) * 6 + (n))

/* The source's log. */
byte fence;                             /* Whose fence is in force; zero: none. */
byte source_over;                       /* The last operation that has ended there. */
bit owns = 1;
byte source_content;                    /* A bit for each write. */
bit fence_sent[OPERATIONS + 1], unfence_sent[OPERATIONS + 1], release_sent[OPERATIONS + 1];
bit fence_applied[OPERATIONS + 1], unfence_applied[OPERATIONS + 1], release_applied[OPERATIONS + 1];

/* Each operation's target's log. */
byte attempt[OPERATIONS + 1];
byte parts[OPERATIONS + 1];             /* How many have come; two are all. */
byte staged[OPERATIONS + 1];
bit serves[OPERATIONS + 1];
byte target_content[OPERATIONS + 1];
bit activate_sent[OPERATIONS + 1];
bit import_sent[(OPERATIONS + 1) * (TERMS + 1) * 2];
bit import_applied[(OPERATIONS + 1) * (TERMS + 1) * 2];
byte import_data[(OPERATIONS + 1) * (TERMS + 1) * 2];
#define part(o, a, n) (((o) * (TERMS + 1) + (a)) * 2 + (n))

byte terms;
byte acknowledged;                      /* Writes that somebody was told of. */

#define source_takes (owns && fence == 0)
/* Attempts divide what moves in different ways, so that parts of two of them do not fit together. */
#define half(a, n) (((a) + (n)) % 2 == 0 -> 1 : ALL - 1)

inline check() {
  assert(!(source_takes && (serves[1] || serves[OPERATIONS])));
  assert(!(OPERATIONS > 1 && serves[1] && serves[OPERATIONS]));
  assert(!source_takes || (acknowledged & ~source_content) == 0);
  assert(!serves[1] || (acknowledged & ~target_content[1]) == 0);
  assert(!serves[OPERATIONS] || (acknowledged & ~target_content[OPERATIONS]) == 0);
  /* Whoever is to own the keys in the end does. */
  assert(phase[now_runs] != over || source_takes);
  assert(phase[now_runs] != done || (serves[now_runs] && fence == 0));
  /* What cannot be undone can be done. */
  assert(phase[now_runs] != committed || serves[now_runs] || parts[now_runs] == 2)
}

/* Partition 0: the entry takes effect if the operation is in the phase that it begins from. */
inline map_applies(o, n, from, to) {
  advance_sent[step(o, n)] && phase[o] == from -> phase[o] = to; check()
}

/* Of either operation; if there is one, both are it. */
#define map_steps(o) \
  :: atomic { map_applies(o, 0, fencing, copying) } \
  :: atomic { map_applies(o, 1, copying, committed) } \
  :: atomic { map_applies(o, 2, committed, done) } \
  :: atomic { map_applies(o, 3, fencing, rolling_back) } \
  :: atomic { map_applies(o, 4, copying, rolling_back) } \
  :: atomic { map_applies(o, 5, rolling_back, over) }

proctype map_log() {
end:
  do
  map_steps(1)
  map_steps(OPERATIONS)
  :: atomic { phase[now_runs] == over && now_runs < OPERATIONS -> now_runs++; phase[now_runs] = fencing }
  od
}

inline source_fences(o) {
  fence_sent[o] && o > source_over && fence == 0 -> fence = o; fence_applied[o] = 1; check()
}

/* Also if the fence has not come: it must not come later. */
inline source_unfences(o) {
  unfence_sent[o] && !unfence_applied[o] ->
  if
  :: o > source_over -> source_over = o; fence = 0
  :: else
  fi;
  unfence_applied[o] = 1;
  check()
}

inline source_releases(o) {
  release_sent[o] && !release_applied[o] && fence == o ->
  source_over = o; fence = 0; owns = 0; source_content = 0; release_applied[o] = 1; check()
}

proctype source_log() {
end:
  do
  :: atomic { source_fences(1) }
  :: atomic { source_fences(OPERATIONS) }
  :: atomic { source_unfences(1) }
  :: atomic { source_unfences(OPERATIONS) }
  :: atomic { source_releases(1) }
  :: atomic { source_releases(OPERATIONS) }
  od
}

/* A complete import stays; a later attempt replaces what is not complete. */
inline target_imports(o, a, n) {
  import_sent[part(o, a, n)] && !serves[o] && phase[o] != over ->
  if
  :: parts[o] == 2 -> import_applied[part(o, a, n)] = 1
  :: parts[o] != 2 && a > attempt[o] && n == 0 ->
     attempt[o] = a; parts[o] = 1; staged[o] = import_data[part(o, a, n)]; import_applied[part(o, a, n)] = 1
  :: parts[o] != 2 && a == attempt[o] && n == 1 && parts[o] == 1 ->
     parts[o] = 2; staged[o] = staged[o] | import_data[part(o, a, n)]; import_applied[part(o, a, n)] = 1
  :: else /* refused, or a repetition */
  fi;
  check()
}

inline target_activates(o) {
  activate_sent[o] && !serves[o] && parts[o] == 2 -> serves[o] = 1; target_content[o] = staged[o]; check()
}

#define target_steps(o) \
  :: atomic { target_imports(o, 1, 0) } \
  :: atomic { target_imports(o, 1, 1) } \
  :: atomic { target_imports(o, TERMS, 0) } \
  :: atomic { target_imports(o, TERMS, 1) } \
  :: atomic { target_imports(o, (TERMS + 1) / 2, 0) } \
  :: atomic { target_imports(o, (TERMS + 1) / 2, 1) } \
  :: atomic { target_activates(o) }

proctype target_log() {
end:
  do
  target_steps(1)
  target_steps(OPERATIONS)
  od
}

/* A leader of partition 0, until it crashes. It acts by the map as it has seen it. */
proctype driver() {
  byte term = 0, o = 0, seen = none;
end:
  do
  :: atomic { term == 0 && terms < TERMS -> terms++; term = terms; o = now_runs; seen = phase[o] }
  :: atomic { term > 0 && (o != now_runs || seen != phase[o]) -> o = now_runs; seen = phase[o] }
  :: atomic { term > 0 -> term = 0; o = 0; seen = none } /* it crashes */
  :: atomic { seen == fencing && !fence_sent[o] -> fence_sent[o] = 1 }
  :: atomic { seen == fencing && fence_applied[o] && !advance_sent[step(o, 0)] -> advance_sent[step(o, 0)] = 1 }
  :: atomic { seen == copying && fence == o && !import_sent[part(o, term, 0)] ->
       import_data[part(o, term, 0)] = source_content & half(term, 0); import_sent[part(o, term, 0)] = 1 }
  :: atomic { seen == copying && fence == o && import_applied[part(o, term, 0)] && !import_sent[part(o, term, 1)] ->
       import_data[part(o, term, 1)] = source_content & half(term, 1); import_sent[part(o, term, 1)] = 1 }
  :: atomic { seen == copying && import_applied[part(o, term, 1)] && !advance_sent[step(o, 1)] ->
       advance_sent[step(o, 1)] = 1 }
  :: atomic { seen == committed && !activate_sent[o] -> activate_sent[o] = 1 }
  :: atomic { seen == committed && serves[o] && !release_sent[o] -> release_sent[o] = 1 }
  :: atomic { seen == committed && release_applied[o] && !advance_sent[step(o, 2)] -> advance_sent[step(o, 2)] = 1 }
  /* It gives up, or somebody cancels. */
  :: atomic { seen == fencing && !advance_sent[step(o, 3)] -> advance_sent[step(o, 3)] = 1 }
  :: atomic { seen == copying && !advance_sent[step(o, 4)] -> advance_sent[step(o, 4)] = 1 }
  :: atomic { seen == rolling_back && !unfence_sent[o] -> unfence_sent[o] = 1 }
  :: atomic { seen == rolling_back && unfence_applied[o] && !advance_sent[step(o, 5)] -> advance_sent[step(o, 5)] = 1 }
  od
}

/* Clients of the keys that move: each asks whom it likes, by a map of any age. */
proctype client() {
  byte w = 0;
end:
  do
  :: atomic { w < WRITES && source_takes ->
       source_content = source_content | (1 << w); acknowledged = acknowledged | (1 << w); w++; check() }
  :: atomic { w < WRITES && serves[1] ->
       target_content[1] = target_content[1] | (1 << w); acknowledged = acknowledged | (1 << w); w++; check() }
  :: atomic { w < WRITES && OPERATIONS > 1 && serves[OPERATIONS] ->
       target_content[OPERATIONS] = target_content[OPERATIONS] | (1 << w);
       acknowledged = acknowledged | (1 << w); w++; check() }
  od
}

init {
  atomic {
    now_runs = 1;
    phase[1] = fencing;
    run map_log();
    run source_log();
    run target_log();
    run driver();
    run driver();
    run client()
  }
}
