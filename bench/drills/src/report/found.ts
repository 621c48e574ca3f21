/** What the drills have shown beside the figures, and what came of it. */
export const found: readonly string[] = [
  'The sign-in page and the page of applications of the example provider were a 500 while the database was away. They are a 503 with `Retry-After` now, in bounded time.',
  '`storeTimeout` bounds each call of the store. A request makes up to three in turn (find, redeem, and after a replay revoke), so one whose first call was slow may take longer than `storeTimeout` and a second: 9 s were seen on Galera, where a lost node holds up the others for five.',
  'The grace of a repeated refresh is judged by two clocks: of the process that answered first and of the one that is asked again. Where they differ by more than `refreshGrace`, a repetition counts as a replay and ends the grant. Nothing that is dead comes to life.',
  'A Redis master without `appendonly` that restarts before its replica has taken over comes back empty, and its replica follows: the tokens and clients of its slots are gone, acknowledged or not, though `waitReplicas` was 1. The README of the Redis store asks for `appendonly yes` now, with replicas too. In the drill below the master comes back after its replica has taken over.',
  'With `waitReplicas: 1` and one replica for each master, a failover is followed by 503s until the lost master is back as a replica of the new one: until then there is none to wait for.',
]
