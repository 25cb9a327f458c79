# What is installed where, and the Debian package that CPack makes of it: scripts/package.
install(TARGETS breakwater RUNTIME DESTINATION bin)
install(FILES packaging/breakwater-replica@.service DESTINATION lib/systemd/system)
install(FILES packaging/sysusers.conf DESTINATION lib/sysusers.d RENAME breakwater.conf)
install(FILES packaging/tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME breakwater.conf)
install(FILES README.md DESTINATION share/doc/breakwater)
install(DIRECTORY docs DESTINATION share/doc/breakwater)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "Breakwater <root@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Byzantine-fault-tolerant booking authority")
string(CONCAT CPACK_DEBIAN_PACKAGE_DESCRIPTION
       "One replica per host of a group that agrees who got which suite, while some of it lie. Installs the program, "
       "the unit breakwater-replica@.service and its user, and starts nothing.")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS systemd)
foreach(script postinst prerm postrm)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/packaging/${script})
endforeach()
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
                                                WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
include(CPack)
