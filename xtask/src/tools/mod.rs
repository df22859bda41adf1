//! stub
pub mod git {
    //! stub
    use crate::fsx::Listing;
    use anyhow::Result;
    use std::path::Path;
    #[derive(Clone, Debug)]
    pub struct Git;
    pub enum Head {
        Unborn,
        Detached(String),
        Branch { name: String, oid: String },
    }
    pub struct Entry {
        pub path: String,
    }
    impl Entry {
        pub fn blob(&self) -> Result<String, String> {
            Ok(String::new())
        }
    }
    pub struct Tag {
        pub commit: String,
    }
    impl Git {
        pub fn find(_: &Path) -> Result<Option<Git>> {
            Ok(None)
        }
        pub fn root(&self) -> &Path {
            Path::new("")
        }
        pub fn git_dir(&self) -> &Path {
            Path::new("")
        }
        pub fn ls_files(&self, _: &[String]) -> Result<Listing<String>> {
            Ok(Listing::default())
        }
        pub fn staged_entries(&self, _: &[String]) -> Result<Vec<Entry>> {
            Ok(vec![])
        }
        pub fn tree_entries(&self, _: &str, _: &[String]) -> Result<Vec<Entry>> {
            Ok(vec![])
        }
        pub fn cat_file_batch(&self, _: &[String]) -> Result<Vec<Vec<u8>>> {
            Ok(vec![])
        }
        pub fn commit(&self, _: &[String], _: &str) -> Result<String> {
            Ok(String::new())
        }
        pub fn dirty_paths(&self, _: &[String]) -> Result<Vec<String>> {
            Ok(vec![])
        }
        pub fn head(&self) -> Result<Head> {
            Ok(Head::Unborn)
        }
        pub fn find_tag(&self, _: &str) -> Result<Option<Tag>> {
            Ok(None)
        }
        pub fn create_tag(&self, _: &str, _: &str, _: &str, _: bool) -> Result<()> {
            Ok(())
        }
        pub fn staged_paths(&self) -> Result<Vec<String>> {
            Ok(vec![])
        }
        pub fn hooks_dir(&self) -> Result<std::path::PathBuf> {
            Ok(std::path::PathBuf::new())
        }
        pub fn remotes(&self) -> Result<Vec<String>> {
            Ok(vec![])
        }
        pub fn ls_remote_tag(&self, _: &str, _: &str) -> Result<Option<String>> {
            Ok(None)
        }
        pub fn tag_names(&self) -> Result<Vec<String>> {
            Ok(vec![])
        }
        pub fn current_branch(&self) -> Result<Option<String>> {
            Ok(None)
        }
    }
}
