# SPDX-License-Identifier: Apache-2.0
#
# Sidekiq: jobs from this process, worked off by its server in another.
require "sidekiq/api"
require_relative "sidekiq_work"

JOBS = 100
SECONDS = 60

def wait_until(what)
  limit = Time.now + SECONDS
  until yield
    raise "not in time: #{what}" if Time.now > limit
    sleep 0.05
  end
end

(0...JOBS).each { |number| Double.perform_async(number) }
Sidekiq::Client.push_bulk("class" => Double, "args" => (JOBS...2 * JOBS).map { |number| [number] })
Double.perform_in(1, 2 * JOBS)
Failing.perform_async
check Sidekiq::Queue.new.size, 2 * JOBS + 1
check Sidekiq::ScheduledSet.new.size, 1
server = spawn("sidekiq", "-r", "./sidekiq_work.rb", "-c", "5", chdir: __dir__, out: File::NULL, err: File::NULL)
begin
  results = -> { Sidekiq.redis { |redis| redis.hgetall("#{TAG}:results") } }
  wait_until("all results") { results.call.size == 2 * JOBS + 1 }
  check results.call, (0..2 * JOBS).to_h { |number| [number.to_s, (number * 2).to_s] }
  wait_until("a retry") { Sidekiq::RetrySet.new.size == 1 }
  check Sidekiq::Queue.new.size, 0
  wait_until("the figures") { Sidekiq::Stats.new.processed >= 2 * JOBS + 2 }
  check Sidekiq::Stats.new.failed, 1
  check Sidekiq::ProcessSet.new.size, 1
ensure
  Process.kill("TERM", server)
  Process.wait(server)
end
done
