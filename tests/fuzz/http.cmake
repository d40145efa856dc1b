herdgate_fuzz_target(answer_head fuzz_answer_head.cpp)
    herdgate_fuzz_target(extract fuzz_extract.cpp)
