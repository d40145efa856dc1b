herdgate_fuzz_target(worker_reply fuzz_worker_reply.cpp)
    herdgate_fuzz_target(batch_answer fuzz_batch_answer.cpp)
