# SPDX-License-Identifier: Apache-2.0
#
# redis-rb.
require "redis"
require_relative "settings"

MANY = 1000
BYTES = (0..255).to_a.pack("C*") * 40    # binary: what is read has to be made so, by .b

def connect(database = TOLD["database"])
  Redis.new(**WHERE, db: database, id: TOLD["name"])
end

def connects(r)
  check r.ping, "PONG"
  r.set("#{TAG}:here", "x")
  check connect.get("#{TAG}:here"), "x"
  r.call("CLIENT", "SETNAME", "ruby")
  check r.call("CLIENT", "GETNAME"), "ruby"
  check connect(0).get("#{TAG}:here"), nil if TOLD["database"] > 0
end

def pipelines(r)
  numbers = (0...MANY).map(&:to_s)
  check r.pipelined { |p| numbers.each { |i| p.set("#{TAG}:pipe:#{i}", i); p.get("#{TAG}:pipe:#{i}") } },
        numbers.flat_map { |i| ["OK", i] }
  check r.multi { |m| MANY.times { m.incr("#{TAG}:counter") } }, (1..MANY).to_a
end

def transactions(r)
  key = "#{TAG}:watched"
  other = connect
  r.set(key, 1)
  replies = r.watch(key) do
    value = r.get(key).to_i
    r.multi { |m| m.set(key, value + 1); m.get(key) }
  end
  check replies, %w[OK 2]
  r.watch(key)
  other.set(key, 10)
  check r.multi { |m| m.set(key, 3) }, nil
  check r.get(key), "10"
  r.watch(key)
  check r.unwatch, "OK"
end

def pub_sub(r)
  expected = (0...20).flat_map { |i| [["#{TAG}:news", "text #{i}"], ["#{TAG}:other:#{i}", BYTES]] }
  heard = []
  ready = Queue.new
  listeners = [
    Thread.new do
      connect.subscribe("#{TAG}:news") do |on|
        on.subscribe { ready << 1 }
        on.message { |channel, text| heard << [channel, text]; ready << 1 }
      end
    end,
    Thread.new do
      connect.psubscribe("#{TAG}:other:*") do |on|
        on.psubscribe { ready << 1 }
        on.pmessage { |_, channel, text| heard << [channel, text.b]; ready << 1 }
      end
    end,
  ]
  2.times { ready.pop }
  expected.each { |channel, text| check r.publish(channel, text), 1; ready.pop }
  check heard, expected
  listeners.each(&:kill)
end

def blocking(r)
  key = "#{TAG}:queue"
  check r.blpop(key, timeout: 1), nil
  waiter = Thread.new { (0...3).map { connect.blpop("#{TAG}:none", key, timeout: 10) } }
  3.times { |i| r.rpush(key, "job #{i}") }
  check waiter.value, (0...3).map { |i| [key, "job #{i}"] }
  r.xadd("#{TAG}:stream", { "a" => "1" }, id: "1-1")
  check r.xread("#{TAG}:stream", "0", block: 100), { "#{TAG}:stream" => [["1-1", { "a" => "1" }]] }
  check r.xread("#{TAG}:stream", "1-1", block: 50), {}
end

def scripts(r)
  check r.eval("return {KEYS[1], ARGV[1], 3, redis.call('GET', KEYS[1])}", ["#{TAG}:none"], ["x"]), ["#{TAG}:none", "x", 3, nil]
  text = "return redis.call('INCRBY', KEYS[1], ARGV[1]) -- #{TAG}"
  sha = Digest::SHA1.hexdigest(text)
  fails("NOSCRIPT") { r.evalsha(sha, ["#{TAG}:n"], [5]) }
  check r.script(:load, text), sha
  check [5, 10, 15].map { r.evalsha(sha, ["#{TAG}:n"], [5]) }, [5, 10, 15]
end

def scanning(r)
  r.mset((0...MANY).flat_map { |i| ["#{TAG}:scan:#{i}", i] })
  check r.scan_each(match: "#{TAG}:scan:*", count: 100).to_a.uniq.size, MANY
end

def bytes_and_errors(r)
  r.set("#{TAG}:bytes", BYTES)
  check r.get("#{TAG}:bytes").b, BYTES
  fails("WRONGTYPE") { r.lpush("#{TAG}:here", "x") }
  fails("unknown command") { r.call("NOSUCH", "a") }
  fails("not an integer") { r.incr("#{TAG}:here") }
  check r.get("#{TAG}:here"), "x"
end

client = connect
%i[connects pipelines transactions pub_sub blocking scripts scanning bytes_and_errors].each { |test| send(test, client) }
done
