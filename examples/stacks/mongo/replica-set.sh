# MongoDB as a replica set of one member, with an account; /tmp/ready is there once it takes writes.
set -eu
rm -f /tmp/ready
# Members know each other by this key; of one member nobody else needs it.
head -c 96 /dev/urandom | base64 -w 0 >/tmp/key
chmod 400 /tmp/key
if id -u mongodb >/dev/null 2>&1; then chown mongodb /tmp/key; fi

docker-entrypoint.sh mongod --replSet rs0 --keyFile /tmp/key --bind_ip_all &
trap 'kill $!' TERM INT
until (exec 3<>/dev/tcp/127.0.0.1/27017) 2>/dev/null; do
  kill -0 $! # else it has ended
  sleep 0.2
done
mongosh --quiet --norc /stack/initiate.js
touch /tmp/ready

# The first wait ends with the signal, the second one with the server.
wait $! || wait $!
