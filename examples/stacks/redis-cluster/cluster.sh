# A Redis Cluster with a master on each of these ports: bash cluster.sh 7001 7002 7003
# Started again on the same files, it is the same cluster.
set -eu
if [ "$(id -u)" = 0 ]; then
  chown redis:redis /data
  exec setpriv --reuid redis --regid redis --init-groups bash "$0" "$@"
fi

for port in "$@"; do
  mkdir -p "/data/$port"
  # What was answered is on the disk, and nothing is dropped for want of memory.
  redis-server --port "$port" --dir "/data/$port" --cluster-enabled yes --cluster-announce-ip 127.0.0.1 \
    --appendonly yes --appendfsync always --maxmemory-policy noeviction \
    --requirepass "$REDISCLI_AUTH" --masterauth "$REDISCLI_AUTH" &
done
trap 'kill $(jobs -p)' TERM INT

for port in "$@"; do
  until redis-cli -p "$port" ping 2>&1 | grep -q PONG; do sleep 0.2; done
done
if redis-cli -p "$1" cluster info | grep -q '^cluster_slots_assigned:0'; then
  redis-cli --cluster create "${@/#/127.0.0.1:}" --cluster-yes
fi

# The first wait ends with the signal, the second one with the servers. One that ends by itself ends all.
wait -n || true
kill $(jobs -p) 2>/dev/null || true
wait
