pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)

herdgate_fuzz_target(request_parser fuzz_request_parser.cpp)
herdgate_fuzz_target(reply_parser fuzz_reply_parser.cpp PkgConfig::hiredis)
foreach(target request_parser reply_parser)
  target_sources(fuzz_${target} PRIVATE ${target}_body.cpp)
  target_include_directories(fuzz_${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
endforeach()
